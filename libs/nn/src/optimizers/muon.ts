import { add, div, l2Norm, matmul, mul, reshape, size, sub, transpose, type Tensor } from '@orrery/graph';
import { adamW } from './adamw.ts';
import { mapTensors, type Optimizer, type Tensors } from './optimizer.ts';

export interface MuonOptions {
  /** Decay of the momentum, 0.95 by default. */
  readonly momentum?: number;
  /** Fraction of each matrix that a learning rate of 1 would take off, 0.01 by default. */
  readonly weightDecay?: number;
  /** Which parameters are matrices; linear and convolution kernels by default. The others take AdamW. */
  readonly matrices?: (name: string, rank: number) => boolean;
}

/**
 * Momentum whose update of each matrix is replaced by the nearest orthogonal one: Jordan et al., "Muon" (2024).
 * The update is scaled to the size of AdamW's, so that both share a learning rate: Liu et al. (2025), equation 4.
 * A convolution's kernel [O, C, kH, kW] counts as the matrix [O, C kH kW].
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const { momentum = 0.95, weightDecay = 0.01 } = options;
  const { matrices = (name, rank) => rank > 1 && name.endsWith('.kernel') } = options;
  const others = adamW({ weightDecay });
  return {
    // One slot more than matrices need, so that all parameters have the same.
    slots: others.slots,
    update(state) {
      const { parameters, gradients, slots, learningRate } = state;
      const isMatrix = (name: string) => matrices(name, parameters[name].shape.length);
      const rest = others.update({ ...state, parameters: without(parameters, isMatrix) });
      const velocity = mapTensors(parameters, (name) =>
        isMatrix(name)
          ? add(mul(slots.moment1[name], momentum), mul(gradients[name], 1 - momentum))
          : rest.slots.moment1[name],
      );
      const next = mapTensors(parameters, (name) => {
        if (!isMatrix(name)) return rest.parameters[name];
        const parameter = parameters[name];
        const rows = parameter.shape[0];
        const columns = size(parameter.shape) / rows;
        const ahead = add(mul(velocity[name], momentum), mul(gradients[name], 1 - momentum));
        const direction = orthogonalise(reshape(ahead, [rows, columns]));
        const rate = mul(learningRate, 0.2 * Math.sqrt(Math.max(rows, columns)));
        const kept = mul(parameter, sub(1, mul(learningRate, weightDecay)));
        return sub(kept, mul(rate, reshape(direction, parameter.shape)));
      });
      const moment2 = mapTensors(parameters, (name) => rest.slots.moment2[name] ?? slots.moment2[name]);
      return { parameters: next, slots: { moment1: velocity, moment2 } };
    },
  };
}

function without(tensors: Tensors, drop: (name: string) => boolean): Tensors {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !drop(name)));
}

/** Coefficients of the quintic that draws singular values towards 1 (0.7 to 1.2 after five rounds). */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ROUNDS = 5;

/** U V^T of the singular value decomposition U S V^T, about: the Newton-Schulz iteration of Muon. */
export function orthogonalise(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape;
  // The products are as wide as the shorter side.
  if (rows > columns) return transpose(orthogonalise(transpose(matrix)));
  let x = div(matrix, add(l2Norm(matrix), 1e-7));
  for (let round = 0; round < ROUNDS; round++) {
    const square = matmul(x, transpose(x));
    const mixed = add(mul(square, B), mul(matmul(square, square), C));
    x = add(mul(x, A), matmul(mixed, x));
  }
  return x;
}
