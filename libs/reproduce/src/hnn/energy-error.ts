/**
 * How far the energy of what a network integrates is from that of the true motion: the metric of the authors' notebooks,
 * analyze-{spring,pend,2body,3body}.ipynb.
 */
import { input, optimize, program } from '@orrery/graph';
import type { LearnedDynamics } from '@orrery/models';
import { createSession } from '@orrery/onnx/node';
import {
  integrate,
  integrateTogether,
  type Integration,
  type Motion,
} from '../integration/dormand-prince.ts';
import { fromCoordinates, toCoordinates, type Energy } from './motions.ts';

/** Trajectories to compare, and the law that they follow. */
export interface EnergyMetric {
  readonly motion: Motion;
  readonly energy: Energy;
  readonly starts: readonly Float64Array[];
  /** Of the true motion, one a start. */
  readonly truth: readonly Integration[];
  /** Of the learned one: with other times where the authors stretch them. */
  readonly learned: readonly Integration[];
  /** Whether states are of bodies, and the network sees their coordinates only. */
  readonly bodies: boolean;
}

export interface EnergyError {
  /** Mean over starts and times of (true energy - learned energy)². */
  readonly mean: number;
  /** The same at each of the times. */
  readonly curve: readonly number[];
}

type Weights = Readonly<Record<string, Float32Array>>;

export async function energyError(
  model: LearnedDynamics,
  weights: Weights,
  coordinates: number,
  metric: EnergyMetric,
): Promise<EnergyError> {
  const { starts, truth, learned, motion, energy, bodies } = metric;
  const x = input('x', [starts.length, coordinates]);
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, input(name, shape)]),
  );
  const graph = optimize(
    program({ rate: model.timeDerivative(parameters, x) }, [x, ...Object.values(parameters)]),
  );
  // Thousands of small calls: a thread of their own would cost more than they do.
  const session = await createSession(graph, { threads: 1, worker: false });
  const toNetwork = bodies ? toCoordinates : (state: Float64Array) => state;
  const toState = bodies ? (rate: Float64Array) => fromCoordinates(rate, 0) : (rate: Float64Array) => rate;
  const n = starts[0].length;
  try {
    const paths = await integrateTogether(
      async (states) => {
        const seen = new Float32Array(starts.length * coordinates);
        starts.forEach((_, i) => seen.set(toNetwork(states.subarray(i * n, (i + 1) * n)), i * coordinates));
        const { rate } = await session.run({ x: seen, ...weights });
        const rates = new Float64Array(states.length);
        starts.forEach((_, i) =>
          rates.set(
            toState(
              Float64Array.from(rate.data.subarray(i * coordinates, (i + 1) * coordinates) as Float32Array),
            ),
            i * n,
          ),
        );
        return rates;
      },
      starts,
      learned,
    );
    return compared(
      starts.map((start, i) => energies(integrate(motion, start, truth[i]), n, energy)),
      paths.map((path) => energies(path, n, energy)),
    );
  } finally {
    await session.close();
  }
}

function energies(path: Float64Array, n: number, energy: Energy): Float64Array {
  return Float64Array.from({ length: path.length / n }, (_, i) => energy(path.subarray(i * n, (i + 1) * n)));
}

function compared(truth: readonly Float64Array[], learned: readonly Float64Array[]): EnergyError {
  const curve = Array.from({ length: truth[0].length }, (_, t) => {
    const squares = truth.map((path, i) => (path[t] - learned[i][t]) * (path[t] - learned[i][t]));
    return squares.reduce((sum, square) => sum + square, 0) / squares.length;
  });
  return { curve, mean: curve.reduce((sum, value) => sum + value, 0) / curve.length };
}
