/** Table `egnn`: where five charged particles are after 1000 steps, by an equivariant network. */
import { egnnConfig } from '@orrery/models';
import { addedProgress, inParallel } from '../in-parallel.ts';
import { requirePublishedData } from '../published-data.ts';
import { cell, type Chart, type Column, type Figure, type Row, type SanityRow } from '../results/schema.ts';
import type { Table, TableResults, TableRun } from '../table.ts';
import { linearError, staticError, travelTime, type Estimate } from './baselines.ts';
import { chargedSplits, type ChargedSplits } from './splits.ts';
import { recipe, trainEgnn, type EgnnRun } from './training.ts';

const GROUP = 'charged particles';
/** Where the linear row must lie; the paper's 0.0819 is one draw of the rounding that close encounters amplify. */
const LINEAR = [0.08, 0.087] as const;
/** Of the paper's table 2. */
const PUBLISHED = { linear: 0.0819, egnn: 0.0071 } as const;
const FROM_MEMORY = 'from memory';

const columns: readonly Column[] = [
  { name: 'test', label: 'test MSE', unit: '', digits: 4, scientific: false },
  { name: 'standardError', label: 'its standard error', unit: '', digits: 4, scientific: false },
  { name: 'validation', label: 'validation MSE', unit: '', digits: 4, scientific: false },
  { name: 'epoch', label: 'epochs', unit: '', digits: 0, scientific: false },
];

export const egnnTable: Table = {
  name: 'egnn',
  description: 'an E(n)-equivariant network on five charged particles',
  source:
    'Satorras, Hoogeboom, Welling (ICML 2021), table 2; data, metric and model of github.com/vgsatorras/egnn',
  duration: '15 minutes',
  run,
};

async function run(options: TableRun): Promise<TableResults> {
  const { seeds, budget, cores, signal, part, onSanity, onMeasured, onProgress } = options;
  const splits = chargedSplits();
  const sanity = examine(splits);
  onSanity?.(sanity);
  requirePublishedData('egnn', sanity);

  const updates = recipe.epochs * Math.floor(splits.training.count / recipe.batch);
  const progress = addedProgress(updates * seeds.length, (seed: number) => `seed ${seed}`, onProgress);
  const runs = await inParallel(seeds, cores, async (seed) => {
    const found = await part(`seed-${seed}`, () =>
      trainEgnn(splits, seed, {
        ...{ threads: 1, budget, signal },
        onProgress: ({ step }) => progress(seed, step),
      }),
    );
    progress(seed, updates);
    const { validation, test, bestEpoch } = found;
    onMeasured?.(
      `seed ${seed}: validation MSE ${validation.toFixed(4)} after epoch ${bestEpoch}, test MSE ${test.mean.toFixed(4)} ± ${test.standardError.toFixed(4)}`,
    );
    return found;
  });
  return resultsOf(splits, runs);
}

/** @param runs one a seed */
export function resultsOf(splits: ChargedSplits, runs: readonly EgnnRun[]): TableResults {
  const { training, test } = splits;
  const linear = linearError(training, test);
  return {
    config: { ...egnnConfig.parse({}), ...recipe, schedule: 'cosine', optimizer: 'adam' },
    ...{ columns, sanity: examine(splits), remarks },
    rows: [
      fixedRow('no motion', staticError(test)),
      fixedRow('linear', linear, PUBLISHED.linear),
      egnnRow(runs, training.count),
    ],
    charts: [chartOf(runs, training.count)],
    figures: figuresOf(linear, runs),
  };
}

function examine({ training, validation, test }: ChargedSplits): SanityRow[] {
  const resting = staticError(test);
  const linear = linearError(training, test);
  const check = (name: string, value: number, expected: string | null, holds = true): SanityRow => ({
    ...{ group: GROUP, name, value, expected, holds },
  });
  const count = training.count + validation.count + test.count;
  // 0.2715: NumPy's figure for the same draws.
  const close = Math.abs(resting.mean - 0.2715) <= resting.standardError;
  const [low, high] = LINEAR;
  return [
    check('samples', count, '7000', count === 7000),
    check('test MSE of no motion', resting.mean, `0.2715 ± ${resting.standardError.toFixed(4)}`, close),
    check('test MSE of linear motion', linear.mean, `${low} to ${high}`, within(linear.mean)),
    check('its standard error', linear.standardError, null),
    check('its time, fitted to the training samples', travelTime(training), null),
  ];
}

const within = (value: number) => value >= LINEAR[0] && value <= LINEAR[1];

function fixedRow(name: string, { mean, standardError }: Estimate, published?: number): Row {
  const printed = published === undefined ? undefined : { value: published, remark: FROM_MEMORY };
  return {
    ...{ group: GROUP, name },
    cells: { test: cell([mean], printed), standardError: cell([standardError]) },
  };
}

function egnnRow(runs: readonly EgnnRun[], samples: number): Row {
  const steps = recipe.epochs * Math.floor(samples / recipe.batch);
  const stopped = Math.min(...runs.map(({ fit }) => fit.steps));
  const of = (value: (run: EgnnRun) => number) => runs.map(value);
  return {
    ...{ group: GROUP, name: 'EGNN', parameters: runs[0].parameters, trainingFlops: runs[0].fit.flops },
    seconds: of(({ fit }) => fit.seconds).reduce((sum, seconds) => sum + seconds, 0) / runs.length,
    ...(stopped < steps && { stoppedAt: stopped }),
    cells: {
      test: cell(
        of(({ test }) => test.mean),
        { value: PUBLISHED.egnn, remark: FROM_MEMORY },
      ),
      standardError: cell(of(({ test }) => test.standardError)),
      validation: cell(of(({ validation }) => validation)),
      epoch: cell(of(({ bestEpoch }) => bestEpoch)),
    },
  };
}

function figuresOf(linear: Estimate, runs: readonly EgnnRun[]): Figure[] {
  const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / runs.length;
  const reached = average(runs.map(({ test }) => test.mean));
  const error = average(runs.map(({ test }) => test.standardError));
  return [
    {
      ...{ name: 'linear: test MSE', value: linear.mean, unit: '' },
      ...{ bound: `${LINEAR[0]} to ${LINEAR[1]}`, holds: within(linear.mean) },
    },
    {
      ...{ name: 'EGNN: test MSE', value: reached, unit: '' },
      bound: `<= ${PUBLISHED.egnn} + ${error.toFixed(4)}, one standard error over test samples`,
      holds: reached <= PUBLISHED.egnn + error,
    },
  ];
}

/** Errors by epoch, mean over seeds. */
function chartOf(runs: readonly EgnnRun[], samples: number): Chart {
  const updates = Math.floor(samples / recipe.batch);
  const series = (name: string, curves: readonly (readonly { step: number; loss: number }[])[]) => {
    const length = Math.min(...curves.map((curve) => curve.length));
    return {
      name,
      points: Array.from({ length }, (_, i): [number, number] => {
        const mean = curves.reduce((sum, curve) => sum + curve[i].loss, 0) / curves.length;
        return [curves[0][i].step / updates, Number(mean.toPrecision(4))];
      }),
    };
  };
  return {
    name: 'errors',
    title: 'EGNN: mean squared error while it learns',
    xLabel: 'epoch',
    yLabel: 'squared error (log scale)',
    logarithmic: true,
    series: [
      series(
        'training',
        runs.map(({ fit }) => everyValidation(fit.losses, fit.validations)),
      ),
      series(
        'validation',
        runs.map(({ fit }) => fit.validations),
      ),
    ],
  };
}

type Curve = readonly { readonly step: number; readonly loss: number }[];

/** The training losses at the steps at which there was a validation. */
function everyValidation(losses: Curve, validations: Curve): Curve {
  const steps = new Set(validations.map(({ step }) => step));
  return losses.filter(({ step }) => steps.has(step));
}

const remarks: readonly string[] = [
  'The figures of the paper are given from memory, as are those of its other rows: SE(3)-Transformer 0.0244, Tensor Field Network 0.0155, graph network 0.0107, Radial Field 0.0104. The SEGNN paper has 0.0043 on data of this kind, which its authors’ repositories confirm.',
  'The standard error is that over the 2000 test samples, of which a few dominate each mean. Charges that pass each other closely amplify rounding: about one sample in twenty ends elsewhere when the same draws are simulated in another order of additions, which moves the linear row by 0.002. The figure is compared with the paper’s as a draw of the same distribution, not as the same number.',
  `The weights are those of the least validation error, looked at every ${recipe.validateEvery} epochs; the test samples are read once, after that. The learning rate falls along a cosine from ${recipe.learningRate} over ${recipe.epochs} epochs, where the authors hold 0.0005 for up to 10,000.`,
];
