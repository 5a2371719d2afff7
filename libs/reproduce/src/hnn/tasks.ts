/** The four tasks of the table: data, recipe, metric and published rows, each as the authors have them. */
import { RandomState } from '@orrery/random';
import { evenly, type Integration, type Motion } from '../integration/dormand-prince.ts';
import {
  orbitData,
  pendulumData,
  pendulumNotebookState,
  springData,
  threeBodies,
  threeBodyOrbits,
  twoBodies,
  twoBodyOrbits,
  type Drawn,
  type Motions,
} from './data.ts';
import type { EnergyMetric } from './energy-error.ts';
import { gravity, pendulum, spring, type Energy } from './motions.ts';

export const rowNames = ['baseline', 'HNN'] as const;
export type RowName = (typeof rowNames)[number];

/** Value and error as the authors' README prints them. */
export type PrintedFigure = readonly [value: number, error: number];

export interface Task {
  readonly name: string;
  readonly data: () => Drawn;
  /** States like those of the training, drawn with another seed, to choose weights by. */
  readonly validation: () => Motions;
  readonly motion: Motion;
  readonly bodies: boolean;
  /** Standard deviation of the noise on the states. */
  readonly noise: number;
  readonly recipe: Recipe;
  /** As the notebook computes it. */
  readonly energy: () => EnergyMetric;
  /** The metric without the notebook's slips, where it has any. */
  readonly corrected?: () => EnergyMetric;
  readonly published: Readonly<
    Record<RowName, { readonly testLoss: PrintedFigure; readonly energy: PrintedFigure }>
  >;
}

export interface Recipe {
  /** Updates: the authors' loop runs once more than its `total_steps`. */
  readonly steps: number;
  readonly batch: number | 'all';
  /** `weight_decay` of torch.optim.Adam. */
  readonly l2: number;
}

/** Of the rows that are published: `--seed` of the authors' scripts is 0. */
const DATA_SEED = 0;
const VALIDATION_SEED = 1;
const VALIDATION_TRIALS = 200;
const ROLLOUTS = 15;

const circle: Energy = (x) => x[0] * x[0] + x[1] * x[1];

/** Starts with |q| and |p| from 0.2 to 1. */
function starts(state: RandomState): Float64Array[] {
  return Array.from({ length: ROLLOUTS }, () =>
    state.rand(2).map((value) => {
      const x = value * 1.6 - 0.8;
      return x + 0.2 * Math.sign(x);
    }),
  );
}

const repeated = (integration: Integration) => Array.from({ length: ROLLOUTS }, () => integration);

/** 100 points on [0, 20]. */
const twenty: Integration = { end: 20, times: evenly(20, 100), relative: 1e-12 };

function oneBodyMetric(motion: Motion, energy: Energy, from: readonly Float64Array[]): EnergyMetric {
  return { motion, energy, starts: from, truth: repeated(twenty), learned: repeated(twenty), bodies: false };
}

/**
 * The notebook multiplies its times by 1.09 in place before each integration of a network, "to compensate for noise effects":
 * they grow from 21.8 s for the first true motion to 79 s for the last learned one.
 */
function growingTimes(): Pick<EnergyMetric, 'truth' | 'learned'> {
  const stretched = ({ end, times, ...rest }: Integration, factor: number): Integration => ({
    ...rest,
    end: end * factor,
    times: times.map((time) => time * factor),
  });
  const first = { ...twenty, end: 20 * 1.09, times: evenly(20 * 1.09, 100) };
  const all = Array.from({ length: ROLLOUTS + 1 }, (_, i) => stretched(first, 1.09 ** i));
  return { truth: all.slice(0, ROLLOUTS), learned: all.slice(1) };
}

function bodiesMetric(start: (state: RandomState) => Float64Array, end: number): EnergyMetric {
  const path: Integration = { end, times: evenly(end, 500), relative: 1e-9 };
  return {
    ...{ motion: gravity.motion, energy: gravity.energy, bodies: true },
    starts: Array.from({ length: ROLLOUTS }, (_, seed) => start(new RandomState(seed))),
    ...{ truth: repeated(path), learned: repeated(path) },
  };
}

/** Each task draws its starts from where its data left the generator, so they are asked for once. */
function springStarts(): Float64Array[] {
  return starts(springData(DATA_SEED).state);
}

export const tasks: readonly Task[] = [
  {
    name: 'mass-spring',
    data: () => springData(DATA_SEED),
    validation: () => springData(VALIDATION_SEED).train,
    motion: spring.motion,
    ...{ bodies: false, noise: 0.1 },
    recipe: { steps: 2001, batch: 'all', l2: 1e-4 },
    energy: () => ({ ...oneBodyMetric(spring.motion, spring.energy, springStarts()), ...growingTimes() }),
    corrected: () => oneBodyMetric(spring.motion, spring.energy, springStarts()),
    published: {
      baseline: { testLoss: [3.6656e-2, 1.8652e-3], energy: [1.7077e-1, 2.06e-2] },
      HNN: { testLoss: [3.5928e-2, 1.8328e-3], energy: [3.8416e-4, 6.53e-5] },
    },
  },
  {
    name: 'pendulum',
    data: () => pendulumData(DATA_SEED),
    validation: () => pendulumData(VALIDATION_SEED).train,
    motion: pendulum.motion,
    ...{ bodies: false, noise: 0.1 },
    recipe: { steps: 2001, batch: 'all', l2: 1e-4 },
    // The notebook measures the mass-spring's energy here, q² + p².
    energy: () => oneBodyMetric(pendulum.motion, circle, starts(pendulumNotebookState(DATA_SEED))),
    corrected: () =>
      oneBodyMetric(pendulum.motion, pendulum.energy, starts(pendulumNotebookState(DATA_SEED))),
    published: {
      baseline: { testLoss: [3.5273e-2, 1.797e-3], energy: [4.1519e-2, 9.62e-3] },
      HNN: { testLoss: [3.5586e-2, 1.8178e-3], energy: [2.4852e-2, 5.42e-3] },
    },
  },
  {
    name: '2-body',
    data: () => orbitData(DATA_SEED, twoBodyOrbits),
    validation: () => orbitData(VALIDATION_SEED, { ...twoBodyOrbits, trials: VALIDATION_TRIALS }).train,
    motion: gravity.motion,
    ...{ bodies: true, noise: 0 },
    recipe: { steps: 10_001, batch: 200, l2: 0 },
    energy: () => bodiesMetric(twoBodies, 25),
    published: {
      baseline: { testLoss: [2.9575e-5, 8.89e-7], energy: [6.3276e-2, 3.36e-2] },
      HNN: { testLoss: [2.8218e-6, 4.202e-8], energy: [3.8751e-5, 5.04e-6] },
    },
  },
  {
    name: '3-body',
    data: () => orbitData(DATA_SEED, threeBodyOrbits),
    validation: () => orbitData(VALIDATION_SEED, { ...threeBodyOrbits, trials: VALIDATION_TRIALS }).train,
    motion: gravity.motion,
    ...{ bodies: true, noise: 0 },
    recipe: { steps: 10_001, batch: 600, l2: 1e-4 },
    energy: () => bodiesMetric(threeBodies, 3),
    published: {
      baseline: { testLoss: [3.8e-1, 4.1612e-1], energy: [1.0906e2, 7.74e1] },
      HNN: { testLoss: [4.8809e-1, 4.7745e-1], energy: [4.1926e-2, 3.39e-2] },
    },
  },
];
