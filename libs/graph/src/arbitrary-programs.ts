/** Random f64 programs for property tests: small, of every kind of op, with values that stay moderate. */
import fc from 'fast-check';
import { clip, gelu, relu, silu, softplus, square } from './activations.ts';
import { conv2d, matmul } from './contractions.ts';
import * as elementwise from './elementwise.ts';
import { broadcastShape, size } from './extents.ts';
import { gather, scatterAdd } from './indexing.ts';
import * as movement from './movement.ts';
import { logSumExp, mean, reduceMax, reduceSum, softmax, variance } from './reductions.ts';
import { constant, input, ones, zeros } from './sources.ts';
import type { Tensor } from './tensor.ts';

const { add, cos, div, exp, log, maximum, minimum, mul, neg, pow, select, sigmoid, sin, sqrt, sub, tanh } =
  elementwise;

/** A number in [0, 1) that a step of the program may use to choose. */
type Chance = number;
type Step = (x: Tensor, y: Tensor, chance: Chance) => Tensor;

const anyAxis = (x: Tensor, chance: Chance) => Math.floor(chance * x.shape.length);

/** Differentiable to any order where the others have kinks. */
const smooth: Step[] = [
  (x) => neg(x),
  (x) => exp(tanh(x)),
  (x) => log(add(1.5, sin(x))),
  (x) => sqrt(add(1, mul(x, x))),
  (x) => tanh(x),
  (x) => sigmoid(x),
  (x) => sin(x),
  (x) => cos(x),
  (x, y) => add(x, y),
  (x, y) => sub(x, y),
  (x, y) => mul(x, tanh(y)),
  (x, y) => div(x, add(2, sin(y))),
  (x, y) => pow(add(2, sin(x)), tanh(y)),
  (x) => pow(tanh(x), 2),
  (x) => square(sin(x)),
  (x) => silu(x),
  (x) => gelu(x),
  (x) => softplus(x),
  (x, _, chance) => mul(x, Math.round(chance * 4) - 2),
  (x, _, chance) => add(Math.round(chance * 2) - 1, x),
  (x, _, chance) => div(x, Math.round(chance * 2) + 1),
  (x) => sub(0, x),
  (x) => mul(x, ones([2, 1, ...x.shape.map(() => 1)], 'f64')),
  (x, _, chance) => add(x, chance < 0.5 ? zeros(x.shape, 'f64') : constant(2, [2, ...x.shape], 'f64')),
  (x) => movement.reshape(x, [-1]),
  (x) => movement.reshape(movement.reshape(x, [-1, 1]), [1, ...x.shape]),
  (x, _, chance) =>
    x.shape.length < 2
      ? x
      : movement.transpose(x, chance < 0.3 ? x.shape.map((_, i) => i).reverse() : undefined),
  (x) => movement.broadcastTo(x, [2, ...x.shape]),
  (x, y, chance) => {
    const repeat = (tensor: Tensor) =>
      movement.broadcastTo(tensor, [2, ...broadcastShape(x.shape, y.shape)!]);
    return mul(repeat(x), chance < 0.5 ? 0.5 : tanh(repeat(y)));
  },
  (x, _, chance) => (x.shape.length ? movement.concat([x, neg(x), x], anyAxis(x, chance)) : x),
  (x, _, chance) => (x.shape.length ? movement.sliceAxis(x, anyAxis(x, chance), 0, undefined, 2) : x),
  (x, _, chance) => (x.shape.length ? movement.take(x, -1, anyAxis(x, chance)) : x),
  (x, _, chance) => {
    if (!x.shape.length) return x;
    const axis = anyAxis(x, chance);
    const parts = movement.split(x, x.shape[axis], axis).map((part, i) => mul(part, i + 0.5));
    return movement.concat(parts, axis);
  },
  (x, _, chance) =>
    movement.pad(
      x,
      x.shape.map(() => 1),
      x.shape.map(() => Math.round(chance)),
      x.shape.map(() => 1),
    ),
  (x, _, chance) => (x.shape.length ? movement.reverse(x, anyAxis(x, chance)) : x),
  (x, _, chance) => (x.shape.length ? reduceSum(x, anyAxis(x, chance), { keepDims: chance > 0.5 }) : x),
  (x, _, chance) => (x.shape.length ? mean(x, anyAxis(x, chance), { keepDims: true }) : x),
  (x) => add(variance(x), logSumExp(x)),
  (x, _, chance) => (x.shape.length ? softmax(x, anyAxis(x, chance)) : x),
  (x) => (x.shape.length < 2 ? x : tanh(matmul(x, movement.transpose(x)))),
  (x, y) => {
    const [rows, columns] = [movement.reshape(x, [-1, 1]), movement.reshape(y, [1, -1])];
    return tanh(matmul(movement.broadcastTo(rows, [2, size(x.shape), 1]), columns));
  },
  (x, y) => {
    const image = movement.reshape(x, [1, 1, 1, -1]);
    const kernel = movement.reshape(tanh(y), [-1, 1, 1, 1]);
    return conv2d(image, movement.pad(kernel, [0, 0, 0, 1]), { padding: 1, stride: [1, 2] });
  },
  (x, _, chance) =>
    x.shape.length ? gather(x, constant([0, 0, x.shape[0] - 1], [3], 'i32'), anyAxis(x, chance) && 0) : x,
  (x) =>
    x.shape.length
      ? scatterAdd(
          constant(
            x.shape[0] > 1 ? Array.from({ length: x.shape[0] }, (_, i) => i % 2) : [1],
            [x.shape[0]],
            'i32',
          ),
          x,
          3,
        )
      : x,
];

const kinked: Step[] = [
  (x) => elementwise.stopGradient(x),
  (x, y) => maximum(x, y),
  (x, y) => minimum(x, y),
  (x) => maximum(x, x),
  (x) => relu(x),
  (x) => clip(x, -0.5, 0.5),
  (x) => elementwise.abs(x),
  (x) => elementwise.sign(x),
  (x) => elementwise.floor(x),
  (x, y) => select(elementwise.less(x, y), x, y),
  (x, y) =>
    select(elementwise.not(elementwise.or(elementwise.equal(x, y), elementwise.lessEqual(y, 0))), 1, y),
  (x, y) => elementwise.cast(elementwise.and(elementwise.greater(x, 0), elementwise.notEqual(y, x)), 'f64'),
  (x) => select(constant(true), x, 0),
  (x, _, chance) => (x.shape.length ? reduceMax(x, anyAxis(x, chance)) : x),
  (x) => reduceMax(movement.broadcastTo(x, [2, ...x.shape])),
];

export interface RandomProgram {
  readonly inputs: readonly Tensor<'input'>[];
  readonly outputs: readonly Tensor[];
  readonly feeds: Readonly<Record<string, number[]>>;
}

/** @param kinks also ops whose derivatives jump, which finite differences cannot check */
export function arbitraryProgram({ kinks }: { readonly kinks: boolean }): fc.Arbitrary<RandomProgram> {
  const steps = kinks ? [...smooth, ...kinked] : smooth;
  const step = fc.record({
    rule: fc.nat(steps.length - 1),
    x: fc.nat(1000),
    y: fc.nat(1000),
    chance: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth / 10),
  });
  const shapes = [[2, 3], [3], [], [2, 1, 3]];
  const values = shapes.map((shape) =>
    fc.array(fc.integer({ min: -150, max: 150 }), { minLength: size(shape), maxLength: size(shape) }),
  );
  return fc.tuple(fc.array(step, { minLength: 1, maxLength: 7 }), ...values).map(([chosen, ...fed]) => {
    const inputs = shapes.map((shape, i) => input(`x${i}`, shape, 'f64'));
    const pool: Tensor[] = [...inputs];
    for (const { rule, x, y, chance } of chosen) {
      // Later tensors are chosen more often, so that programs grow deep.
      const first = pool[Math.max(x % pool.length, pool.length - 1 - (x % 3))];
      const partners = pool.filter((tensor) => broadcastShape(tensor.shape, first.shape));
      const made = steps[rule](first, partners[y % partners.length], chance);
      if (size(made.shape) <= 64) pool.push(made);
    }
    const feeds = inputs.map((tensor, i) => [tensor.attributes.name, fed[i].map((value) => value / 100)]);
    return { inputs, outputs: pool.slice(inputs.length).slice(-3), feeds: Object.fromEntries(feeds) };
  });
}
