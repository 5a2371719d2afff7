/** Recurrence: a cell's state goes from one time to the next. */
import { scan, stack, take, transpose, type Tensor } from '@orrery/graph';
import type { Parameters, ParameterSpecs } from '../parameters.ts';
import { expectShape } from './expect-shape.ts';
import { defineLayer, type Layer } from './layer.ts';

/** A recurrent cell, in two parts: what the inputs add to the gates does not wait for the state. */
export interface Cell<State> {
  /** As `gru "memory"`, for errors. */
  readonly layer: string;
  readonly parameters: ParameterSpecs;
  /** Features of an input. */
  readonly inputs: number;
  /** Features of the output, and of each tensor of the state. */
  readonly features: number;
  /** [..., inputs] -> what `advance` takes, [..., gates * features]; one product for all times */
  project(parameters: Parameters, x: Tensor): Tensor;
  /** @param projected [B, gates * features] */
  advance(parameters: Parameters, state: State, projected: Tensor): State;
  /** Zeros. */
  initial(batch: number, dtype: Tensor['dtype']): State;
  /** [B, features] */
  output(state: State): Tensor;
  /** The tensors of a state, as a scan carries them. */
  toCarry(state: State): readonly Tensor[];
  fromCarry(carry: readonly Tensor[]): State;
}

/** One time: for a model that imagines. `x` is [B, inputs]. */
export function cellStep<State>(cell: Cell<State>): Layer<readonly [state: State, x: Tensor], State> {
  return defineLayer(cell.parameters, (parameters, state: State, x: Tensor) => {
    expectShape(cell.layer, 'x', x, ['B', cell.inputs], 'change "inputs" or x');
    expectState(cell, state, x.shape[0]);
    return cell.advance(parameters, state, cell.project(parameters, x));
  });
}

export interface Recurrence<State> {
  /** The output at each time, [B, T, features]. */
  readonly outputs: Tensor;
  /** After the last time. */
  readonly state: State;
}

export interface RecurrentOptions {
  /** Writes the cell out T times rather than once in a scan: a larger graph, in which fewer copies are made. */
  readonly unroll?: boolean;
}

/**
 * A cell over time, from the initial state or from the one given: x [B, T, inputs]. Gradients run through all of time
 * (Werbos, 1990).
 */
export function recurrent<State>(
  cell: Cell<State>,
  { unroll = false }: RecurrentOptions = {},
): Layer<readonly [x: Tensor, initial?: State], Recurrence<State>> {
  return defineLayer(cell.parameters, (parameters, x: Tensor, initial?: State) => {
    expectShape(cell.layer, 'x', x, ['B', 'T', cell.inputs], 'change "inputs" or x');
    const [batch, times] = x.shape;
    let state = initial ?? cell.initial(batch, x.dtype);
    expectState(cell, state, batch);
    const projected = cell.project(parameters, x); // [B, T, gates * features]
    if (!unroll) {
      const { carry, outputs } = scan(
        (before, [now]) => {
          const after = cell.advance(parameters, cell.fromCarry(before), now);
          return { carry: cell.toCarry(after), outputs: [cell.output(after)] };
        },
        cell.toCarry(state),
        [transpose(projected, [1, 0, 2])],
      );
      return { outputs: transpose(outputs[0], [1, 0, 2]), state: cell.fromCarry(carry) };
    }
    const outputs = Array.from({ length: times }, (_, t) => {
      state = cell.advance(parameters, state, take(projected, t, 1));
      return cell.output(state);
    });
    return { outputs: stack(outputs, 1), state };
  });
}

function expectState<State>(cell: Cell<State>, state: State, batch: number): void {
  expectShape(
    cell.layer,
    'state',
    cell.output(state),
    [batch, cell.features],
    'change "features" or the state',
  );
}
