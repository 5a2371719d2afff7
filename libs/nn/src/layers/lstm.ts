import { add, mul, sigmoid, split, tanh, zeros, type Tensor } from '@orrery/graph';
import { blocks, lecunNormal, type Initialiser } from '../initialisers.ts';
import { orthogonal } from '../orthogonal.ts';
import type { CellOptions } from './gru.ts';
import { collect } from './layer.ts';
import { linear } from './linear.ts';
import type { Cell } from './recurrent.ts';

export interface LstmState {
  /** h, the output: [B, features] */
  readonly hidden: Tensor;
  /** c: [B, features] */
  readonly cell: Tensor;
}

/**
 * Long short-term memory: Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000):
 *   i, f, o = sigmoid(x W + b + h U),  g = tanh(x W + b + h U),  c' = f c + i g,  h' = o tanh(c')
 * Linear layers `<name>.input` [inputs, 4 features] and `<name>.hidden` [features, 4 features], without bias, for
 * i, f, g, o. The forget gate's bias starts at 1: Jozefowicz et al. (2015), section 2.1.
 */
export function lstm(name: string, { inputs, features }: CellOptions): Cell<LstmState> {
  const input = linear(`${name}.input`, {
    ...{ inputs, outputs: 4 * features },
    initialiser: blocks(4, lecunNormal),
    biasInitialiser: remembering,
  });
  const hidden = linear(`${name}.hidden`, {
    ...{ inputs: features, outputs: 4 * features, bias: false },
    initialiser: blocks(4, orthogonal()),
  });
  return {
    ...{ layer: `lstm "${name}"`, inputs, features },
    parameters: collect(input, hidden),
    project: input,
    advance(parameters, state, projected) {
      const gates = split(add(projected, hidden(parameters, state.hidden)), 4, -1); // [B, features] each
      const [enter, forget, fresh, leave] = gates;
      const cell = add(mul(sigmoid(forget), state.cell), mul(sigmoid(enter), tanh(fresh)));
      return { hidden: mul(sigmoid(leave), tanh(cell)), cell };
    },
    initial(batch, dtype) {
      const none = zeros([batch, features], dtype);
      return { hidden: none, cell: none };
    },
    output: ({ hidden: h }) => h,
    toCarry: ({ hidden: h, cell }) => [h, cell],
    fromCarry: ([h, cell]) => ({ hidden: h, cell }),
  };
}

/** 1 for the second of four gates, else 0. */
const remembering: Initialiser = (_key, [width]) =>
  Float32Array.from({ length: width }, (_, i) => Number(Math.floor((4 * i) / width) === 1));
