/** Table `bouncing-balls`: the next frame of three balls in a box, and what a network imagines by itself. */
import { addedProgress, inParallel } from '../in-parallel.ts';
import { requirePublishedData } from '../published-data.ts';
import {
  atMost,
  cell,
  publishedCell,
  type Cell,
  type Chart,
  type Column,
  type Figure,
  type Published,
  type Row,
  type SanityRow,
} from '../results/schema.ts';
import type { Table, TableResults, TableRun } from '../table.ts';
import { FRAMES } from './balls.ts';
import { copyLast, IMAGINED, meanFrame, SEEN, type Measures } from './errors.ts';
import { ballSplits, type BallSplits } from './splits.ts';
import { recipe, trainBalls, type BallRun } from './training.ts';

const GROUP = 'three balls';
const MODEL = 'residual-conv';
/** What the paper's row of the frame before comes to with these draws; 2 % around it is allowed. */
const COPIED = 11.8;
/** Of the best row that was published for one step. */
const PGN = 0.65;
/** After how many imagined frames the model must still be better than the mean frame. */
const HORIZON = 20;
const shownFrames = [1, 5, 10, HORIZON, IMAGINED] as const;

const FROM_MEMORY = 'from memory';
/** One-step errors of Gan et al. (2015), table 1, and Lotter et al. (2015). */
const published: readonly (readonly [name: string, value: number, error?: number])[] = [
  ['TSBN, order 1', 9.48],
  ['RTRBM', 3.88, 0.33],
  ['SRTRBM', 3.31, 0.33],
  ['TSBN, order 4', 3.07, 0.4],
  ['DTSBN-D', 2.99],
  ['DTSBN-S', 2.79, 0.39],
  ['PGN', PGN, 0.11],
];

const columns: readonly Column[] = [
  { name: 'oneStep', label: 'one step', unit: '', digits: 2, scientific: false },
  { name: 'afterContext', label: 'one step, from frame 5 on', unit: '', digits: 2, scientific: false },
  ...shownFrames.map((frame) => ({
    ...{ name: `free${frame}`, label: `free, +${frame}`, unit: '', digits: 1, scientific: false },
  })),
  { name: 'better', label: 'frames better than the mean', unit: '', digits: 0, scientific: false },
  { name: 'validation', label: 'one step, validation', unit: '', digits: 2, scientific: false },
];

export const bouncingBallsTable: Table = {
  name: 'bouncing-balls',
  description: 'three balls in a box from pixels: the next frame, and forty frames by itself',
  source:
    'Sutskever, Hinton, Taylor (NIPS 2008) and Gan et al. (NIPS 2015); data and metric of github.com/zhegan27/TSBN_code_NIPS2015',
  duration: '20 minutes',
  run,
};

async function run(options: TableRun): Promise<TableResults> {
  const { seeds, budget, cores, signal, part, onSanity, onMeasured, onProgress } = options;
  const splits = ballSplits();
  const still = stillPredictors(splits);
  const sanity = examine(splits, still);
  onSanity?.(sanity);
  requirePublishedData('bouncing-balls', sanity);

  const progress = addedProgress(allUpdates * seeds.length, (seed: number) => `seed ${seed}`, onProgress);
  // A single seed has all cores; several share them, one each.
  const threads = Math.max(1, Math.floor(cores / seeds.length));
  const runs = await inParallel(seeds, cores, async (seed) => {
    const found = await part(`seed-${seed}`, () =>
      trainBalls(splits, seed, {
        ...{ threads, budget, signal },
        onProgress: (updates) => progress(seed, updates),
      }),
    );
    progress(seed, allUpdates);
    onMeasured?.(
      `seed ${seed}: one step ${found.oneStep.toFixed(3)}, ${HORIZON} frames by itself ${found.free[HORIZON - 1].toFixed(1)}`,
    );
    return found;
  });
  return resultsOf(splits, still, runs);
}

const allUpdates = recipe.stages.reduce((sum, { updates }) => sum + updates, 0);

/** Predictors that learn no motion. */
export interface StillPredictors {
  readonly copied: Measures;
  readonly mean: Measures;
}

export function stillPredictors({ training, test }: BallSplits): StillPredictors {
  // The mean of as many sequences as there are to test; more do not change it by what is printed.
  return { copied: copyLast(test), mean: meanFrame(training.slice(0, test.length), test) };
}

/** @param runs one a seed */
export function resultsOf(
  splits: BallSplits,
  still: StillPredictors,
  runs: readonly BallRun[],
): TableResults {
  return {
    config: { ...recipe, optimizer: 'muon', schedule: 'cosine', seen: SEEN },
    ...{ columns, remarks, sanity: examine(splits, still) },
    rows: [
      stillRow('frame before', still.copied, still.mean, { value: 11.86, error: 0.27, remark: FROM_MEMORY }),
      stillRow('mean frame', still.mean),
      ...published.map(([name, value, error]) => ({
        ...{ group: GROUP, name },
        cells: { oneStep: publishedCell({ value, ...(error && { error }), remark: FROM_MEMORY }) },
      })),
      modelRow(runs, still.mean),
    ],
    charts: [freeChart(still, runs)],
    figures: figuresOf(still, runs),
  };
}

function examine({ training, validation, test }: BallSplits, { copied, mean }: StillPredictors): SanityRow[] {
  const check = (name: string, value: number, expected: string, holds: boolean): SanityRow => ({
    ...{ group: GROUP, name, value, expected, holds },
  });
  const within = (name: string, value: number, wanted: number) =>
    check(name, value, `${wanted} ± 2 %`, Math.abs(value / wanted - 1) <= 0.02);
  const frames = (training.length + validation.length + test.length) * FRAMES;
  return [
    check('frames', frames, '440000', frames === 440_000),
    within('one-step error of the frame before', copied.oneStep, COPIED),
    within('one-step error of the mean frame', mean.oneStep, 74.9),
  ];
}

function stillRow(name: string, measures: Measures, mean?: Measures, printed?: Published): Row {
  return {
    ...{ group: GROUP, name },
    cells: {
      ...cellsOf([measures]),
      oneStep: cell([measures.oneStep], printed),
      ...(mean && { better: cell([betterThan(mean.free, measures.free)]) }),
    },
  };
}

/** Imagined frames before the first that is no better than the mean frame. */
function betterThan(mean: readonly number[], free: readonly number[]): number {
  const first = free.findIndex((error, i) => error >= mean[i]);
  return first < 0 ? free.length : first;
}

function modelRow(runs: readonly BallRun[], mean: Measures): Row {
  const stopped = Math.min(...runs.map(({ fit }) => fit.steps));
  return {
    ...{ group: GROUP, name: MODEL, parameters: runs[0].parameters, trainingFlops: runs[0].fit.flops },
    seconds: runs.reduce((sum, { fit }) => sum + fit.seconds, 0) / runs.length,
    ...(stopped < allUpdates && { stoppedAt: stopped }),
    cells: {
      ...cellsOf(runs),
      better: cell(runs.map(({ free }) => betterThan(mean.free, free))),
      validation: cell(runs.map(({ validation }) => validation)),
    },
  };
}

function cellsOf(found: readonly Measures[]): Record<string, Cell> {
  return {
    oneStep: cell(found.map(({ oneStep }) => oneStep)),
    afterContext: cell(found.map(({ afterContext }) => afterContext)),
    ...Object.fromEntries(
      shownFrames.map((frame) => [`free${frame}`, cell(found.map(({ free }) => free[frame - 1]))]),
    ),
  };
}

function figuresOf({ copied, mean }: StillPredictors, runs: readonly BallRun[]): Figure[] {
  const average = (of: (run: BallRun) => number) =>
    runs.reduce((sum, found) => sum + of(found), 0) / runs.length;
  return [
    {
      ...{ name: 'frame before: one step', value: copied.oneStep, unit: '' },
      ...{ bound: `${COPIED} ± 2 %`, holds: Math.abs(copied.oneStep / COPIED - 1) <= 0.02 },
    },
    atMost(
      `${MODEL}: one step`,
      average(({ oneStep }) => oneStep),
      '',
      PGN,
    ),
    atMost(
      `${MODEL}: frame ${HORIZON} by itself, against the mean frame`,
      average(({ free }) => free[HORIZON - 1]),
      '',
      mean.free[HORIZON - 1],
    ),
  ];
}

/** Errors by imagined frame, mean over seeds. */
function freeChart({ copied, mean }: StillPredictors, runs: readonly BallRun[]): Chart {
  const series = (name: string, found: readonly Measures[]) => ({
    name,
    points: Array.from({ length: IMAGINED }, (_, i): [number, number] => [
      i + 1,
      Number((found.reduce((sum, { free }) => sum + free[i], 0) / found.length).toPrecision(4)),
    ]),
  });
  return {
    name: 'free-running',
    title: `Squared error after ${SEEN} true frames`,
    xLabel: 'imagined frame',
    yLabel: 'squared error',
    logarithmic: false,
    series: [series(MODEL, runs), series('last seen frame', [copied]), series('mean frame', [mean])],
  };
}

const remarks: readonly string[] = [
  'Squared error, summed over the 900 pixels of a frame, mean over frames and over 200 test sequences. One step: frames 2 to 100, each predicted from the true frames before it; the first of them shows no motion yet, so that it alone adds about 0.12 to the mean. Free: the first ten frames are seen, and what comes after is imagined without looking again; no published row gives it.',
  'The published figures are given from memory, with what their papers print as error. The rows up to DTSBN-S are generative models with latent states, by Gan et al. (2015) and those whom they cite; PGN, a convolutional LSTM network by Lotter et al. (2015), is the one to compare with. The authors draw their balls without a seed: the data are those of the same distribution, not the same.',
  'Nothing is chosen by the test sequences: the weights are the moving average after the last update, and the recipe was tried out on others.',
];
