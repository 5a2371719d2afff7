/** For tests: one step of stochastic gradient descent on a small multilayer perceptron. */
import {
  add,
  cast,
  equal,
  gradient,
  input,
  matmul,
  mean,
  mul,
  program,
  reduceMax,
  reshape,
  square,
  sub,
  tanh,
} from '@orrery/graph';
import type { Program, Tensor } from '@orrery/graph';

export const BATCH = 6;

/**
 * Inputs "x" [6, 3] and "target" [6, 2] a step; parameters keep their names: "hidden", "bias", "head".
 * Outputs the parameters, the "loss", and whether each row's "first" output is its larger one.
 */
export function perceptronStep(): Program {
  const x = input('x', [BATCH, 3]);
  const target = input('target', [BATCH, 2]);
  const parameters = [input('hidden', [3, 5]), input('bias', [5]), input('head', [5, 2])];
  const [hidden, bias, head] = parameters;
  const y = matmul(tanh(add(matmul(x, hidden), bias)), head);
  const loss = mean(square(sub(y, target)));
  const slopes = gradient(loss, parameters);
  const updated = parameters.map((parameter, i): [string, Tensor] => [
    parameter.attributes.name,
    sub(parameter, mul(slopes[i], 0.1)),
  ]);
  const first = equal(y, reshape(reduceMax(y, [1]), [BATCH, 1]));
  return program({ ...Object.fromEntries(updated), loss, first, ones: cast(first, 'i32') }, [
    x,
    target,
    ...parameters,
  ]);
}

export const carry = { hidden: 'hidden', bias: 'bias', head: 'head' };
