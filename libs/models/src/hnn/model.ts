/**
 * Hamiltonian neural networks: a network is the energy, and the equations of motion are its gradient.
 *
 * S. Greydanus, M. Dzamba, J. Yosinski, "Hamiltonian neural networks", NeurIPS 2019. The baseline has the same layers, but
 * gives the time derivative itself. States are x = [q, p], positions before momenta: [B, coordinates].
 */
import {
  concat,
  gradient,
  mean,
  neg,
  reduceSum,
  sliceAxis,
  square,
  sub,
  tanh,
  type Tensor,
} from '@orrery/graph';
import {
  linear,
  orthogonal,
  sequential,
  uniform,
  type Layer,
  type Parameters,
  type ParameterSpecs,
} from '@orrery/nn';
import type { HnnConfig } from './config.ts';

/** A law of motion that is learned from states and their time derivatives. */
export interface LearnedDynamics {
  readonly parameters: ParameterSpecs;
  /** @param x [B, coordinates]; @returns dx/dt [B, coordinates] */
  timeDerivative(parameters: Parameters, x: Tensor): Tensor;
  /** Mean squared error of the time derivative. @param batch x and dx, [B, coordinates] each; @returns [] */
  loss(parameters: Parameters, batch: { readonly x: Tensor; readonly dx: Tensor }): Tensor;
}

export interface HamiltonianNetwork extends LearnedDynamics {
  /** @param x [B, coordinates]; @returns the learned energy [B, 1], up to a constant */
  hamiltonian(parameters: Parameters, x: Tensor): Tensor;
}

export function hnn({ coordinates, width }: HnnConfig): HamiltonianNetwork {
  const half = coordinates / 2;
  const network = perceptron(coordinates, width, 1);

  /** Equation 1: dq/dt = dH/dp, dp/dt = -dH/dq. */
  function timeDerivative(parameters: Parameters, x: Tensor): Tensor {
    // No state's energy depends on another's, so the gradient of their sum holds the gradient of each.
    const [slope] = gradient(reduceSum(network(parameters, x)), [x]); // [B, coordinates]
    const [byPosition, byMomentum] = [sliceAxis(slope, 1, 0, half), sliceAxis(slope, 1, half)];
    return concat([byMomentum, neg(byPosition)], 1);
  }

  return {
    parameters: network.parameters,
    hamiltonian: network,
    timeDerivative,
    // Equation 3, squared and averaged as the authors' code does it; its gradient is a gradient of a gradient.
    loss: (parameters, { x, dx }) => meanSquaredError(timeDerivative(parameters, x), dx),
  };
}

/** The authors' baseline: a network of the same size that predicts dx/dt, whatever it does to the energy. */
export function hnnBaseline({ coordinates, width }: HnnConfig): LearnedDynamics {
  const network = perceptron(coordinates, width, coordinates);
  return {
    parameters: network.parameters,
    timeDerivative: network,
    loss: (parameters, { x, dx }) => meanSquaredError(network(parameters, x), dx),
  };
}

/** Two hidden layers of tanh, the last layer without bias; kernels orthogonal, biases as PyTorch draws them. */
function perceptron(inputs: number, width: number, outputs: number): Layer {
  const dense = (name: string, from: number, to: number, bias = true) =>
    linear(name, {
      ...{ inputs: from, outputs: to, bias },
      initialiser: orthogonal(),
      biasInitialiser: uniform(1 / Math.sqrt(from)),
    });
  return sequential(
    dense('first', inputs, width),
    tanh,
    dense('second', width, width),
    tanh,
    dense('last', width, outputs, false),
  );
}

function meanSquaredError(predicted: Tensor, wanted: Tensor): Tensor {
  return mean(square(sub(predicted, wanted)));
}
