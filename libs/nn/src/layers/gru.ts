import { add, mul, sigmoid, split, sub, tanh, zeros, type Tensor } from '@orrery/graph';
import { blocks, lecunNormal } from '../initialisers.ts';
import { orthogonal } from '../orthogonal.ts';
import { collect } from './layer.ts';
import { linear } from './linear.ts';
import type { Cell } from './recurrent.ts';

export interface CellOptions {
  /** Features of an input. */
  readonly inputs: number;
  /** Features of the state. */
  readonly features: number;
}

/**
 * Gated recurrent unit: Cho et al. (2014), equations 5 to 8, with the reset after the product as cuDNN, PyTorch and Flax
 * have it:
 *   r, z = sigmoid(x W + b + h U),  n = tanh(x W + b + r (h U + c)),  h' = (1 - z) n + z h
 * Its state is h [B, features]. Linear layers `<name>.input` [inputs, 3 features] for r, z, n, `<name>.hidden`
 * [features, 2 features] for r and z, without bias, and `<name>.candidate` [features, features] for n.
 */
export function gru(name: string, { inputs, features }: CellOptions): Cell<Tensor> {
  const input = linear(`${name}.input`, {
    ...{ inputs, outputs: 3 * features },
    initialiser: blocks(3, lecunNormal),
  });
  const hidden = linear(`${name}.hidden`, {
    ...{ inputs: features, outputs: 2 * features, bias: false },
    initialiser: blocks(2, orthogonal()),
  });
  const candidate = linear(`${name}.candidate`, {
    ...{ inputs: features, outputs: features },
    initialiser: orthogonal(),
  });
  return {
    ...{ layer: `gru "${name}"`, inputs, features },
    parameters: collect(input, hidden, candidate),
    project: input,
    advance(parameters, h, projected) {
      const [xr, xz, xn] = split(projected, 3, -1); // [B, features] each
      const [hr, hz] = split(hidden(parameters, h), 2, -1);
      const reset = sigmoid(add(xr, hr));
      const keep = sigmoid(add(xz, hz));
      const fresh = tanh(add(xn, mul(reset, candidate(parameters, h))));
      return add(fresh, mul(keep, sub(h, fresh)));
    },
    initial: (batch, dtype) => zeros([batch, features], dtype),
    output: (h) => h,
    toCarry: (h) => [h],
    fromCarry: ([h]) => h,
  };
}
