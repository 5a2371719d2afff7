/** Judges a predictor on a dataset and writes the scorecard, the rollouts and the report into a folder. */
import { join } from 'node:path';
import type { Dataset } from '@orrery/dataset';
import { writeFileAtomic, writeJsonAtomic } from '@orrery/storage';
import { z } from 'zod';
import { actionSensitivity, sensitivityFigures } from './action-sensitivity.ts';
import { planClips } from './clips.ts';
import { comparePredictors, type Comparison, type EvaluateProgress } from './compare.ts';
import type { Metric, RolloutMetric } from './metrics/definition.ts';
import { metricNamed } from './metrics/metric.ts';
import { constantVelocity } from './predictors/constant-velocity.ts';
import { copyLast } from './predictors/copy-last.ts';
import { linear } from './predictors/linear.ts';
import { oracle, stateOracle } from './predictors/oracle.ts';
import type { Predictor } from './predictors/predictor.ts';
import { copyLastState, linearState } from './predictors/states.ts';
import type { LossPoint } from './report/charts.ts';
import type { Provenance } from './report/notes.ts';
import { renderReport } from './report/report.ts';
import { writeRollouts } from './rollouts.ts';
import { composeShift, type ShiftedSplit } from './scorecard/shifts.ts';
import { measureProbes, type Encode, type Probes } from './probes/probes.ts';
import { composeProbes } from './scorecard/probes.ts';
import { composeSurprise } from './scorecard/surprise.ts';
import { measureSurprise, pairSplits, type ViolationSurprise } from './surprise.ts';
import { compose, measurable, samplesOf } from './scorecard/compose.ts';
import { SCORECARD_VERSION, scorecardSchema, toQuantity, type Scorecard } from './scorecard/schema.ts';
import { SCORECARD_FILE } from './scorecard/read.ts';

/** What every scorecard shows beside a model of frames. */
export const baselines: readonly Predictor[] = [copyLast, linear, constantVelocity];
/** What it shows beside a model of states, which is told more. */
const stateBaselines: readonly Predictor[] = [copyLastState, linearState];

/** The trained model and where it comes from. */
export interface Subject {
  /** Named "model". */
  readonly predictor: Predictor;
  /** What it remembers of contexts, for probes; without it there are none. */
  readonly encode?: Encode;
  /** `frames` unless given. */
  readonly sees?: 'frames' | 'states';
  readonly run: string;
  readonly family: string;
  readonly checkpoint: { readonly name: string; readonly step: number };
  readonly parameters: number;
  /** NaN where unknown */
  readonly flopsPerFrame: number;
  /** Of the run; printed in the report. */
  readonly provenance: Provenance;
  readonly losses: readonly LossPoint[];
}

/** How predictors are judged. */
export const judgingSchema = z.strictObject({
  split: z.string().default('test'),
  /** Held-out episodes, at most. */
  episodes: z.int().positive().default(32),
  /** Rollouts of an episode. */
  starts: z.int().positive().default(1),
  /** Predicted frames that the bounds are about. */
  horizon: z.int().positive().default(10),
  /** Predicted frames that are measured where episodes are long enough: 50 where they have room, else 30, unless given. */
  longest: z.int().positive().optional(),
  /** Whether the splits with a shifted factor are judged too, and the pairs of possible and impossible episodes. */
  shifts: z.boolean().default(true),
  surprise: z.boolean().default(true),
  /** Contexts of training episodes that linear probes of the model's state are fitted to; 0 for no probes. */
  probes: z.int().min(0).default(256),
  /** Rollouts kept for the viewer. */
  keep: z.int().positive().default(16),
  /** Rollouts predicted at a time. */
  batch: z.int().positive().default(16),
  /** Bootstrap draws; the seed is theirs and that of what predictors draw. */
  draws: z.int().positive().default(1000),
  seed: z.int().min(0).max(0xffffffff).default(0),
});
export type Judging = z.infer<typeof judgingSchema>;

export const defaultJudging: Judging = judgingSchema.parse({});

export interface JudgeOptions extends Partial<Judging> {
  readonly subject: Subject;
  readonly dataset: Dataset;
  /** Where `scorecard.json`, `report.html` and `rollouts.zarr` go. */
  readonly folder: string;
  /** Shell commands that repeat this, for the report. */
  readonly commands: readonly string[];
  /** @param progress rollouts measured, of all */
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures the model and the baselines on the same held-out clips. What an earlier evaluation wrote stays until the
 * new files are whole; the scorecard is written last.
 * @throws when the dataset is too short for context and horizon, the signal aborts, or a file cannot be written
 */
export async function judge(options: JudgeOptions): Promise<Scorecard> {
  const { subject, dataset, folder, onProgress, signal, commands } = options;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const judging: Judging = { ...defaultJudging, ...Object.fromEntries(given) };
  const { sees = 'frames' } = subject;
  const beside = sees === 'states' ? stateBaselines : baselines;
  const predictors = [subject.predictor, ...beside, sees === 'states' ? stateOracle : oracle];
  const context = Math.max(...predictors.map(({ contextFrames }) => contextFrames));
  const longest = judging.longest ?? (dataset.frames >= context + LONG ? LONG : SHORT);
  const request = { ...judging, longest, dataset, predictors, signal, follow: sees };
  const shifted = judging.shifts ? shiftedSplits(dataset) : [];
  const counts = [{ split: judging.split }, ...shifted].map(
    ({ split }) => planClips(dataset, { ...request, split, context }).clips.length,
  );
  const pairs = judging.surprise ? pairSplits(dataset, judging.episodes).map((split) => split.pairs) : [];
  const total = [...counts, ...pairs].reduce((a, b) => a + b, 0);
  let before = 0;
  const progress = ({ done }: EvaluateProgress) => onProgress?.({ done: before + done, total });
  const comparison = await comparePredictors({ ...request, onProgress: progress });
  before += counts[0];
  const shifts: Scorecard['shifts'] = [];
  if (shifted.length > 0) shifts.push(composeShift(unshifted(judging.split), comparison, judging));
  for (const [i, shift] of shifted.entries()) {
    const onShifted = await comparePredictors({
      ...{ ...request, split: shift.split, measured: judging.horizon, keep: 1, onProgress: progress },
    });
    shifts.push(composeShift(shift, onShifted, judging));
    before += counts[i + 1];
  }
  const surprise = judging.surprise
    ? await measureSurprise({
        ...{ dataset, signal, predictors: [subject.predictor, ...beside] },
        ...{ episodes: judging.episodes, batch: judging.batch, seed: judging.seed, onProgress: progress },
      })
    : [];
  // Probes are fitted to training episodes: on those they would only remember.
  const probes =
    subject.encode && judging.probes > 0 && judging.split !== 'train'
      ? await measureProbes({
          ...{ dataset, signal, encode: subject.encode, samples: judging.probes, batch: judging.batch },
          ...{ context: subject.predictor.contextFrames, split: judging.split, episodes: judging.episodes },
        })
      : undefined;
  const heeds =
    dataset.manifest.actions.length > 0 && new Set(comparison.episodes).size > 1
      ? sensitivityFigures(await actionSensitivity({ ...request, predictor: subject.predictor }))
      : [];
  const measured = makeScorecard(subject, dataset, judging, comparison, { shifts, surprise, probes });
  const scorecard = { ...measured, figures: [...measured.figures, ...heeds] };
  const { spec, dt } = dataset.manifest;
  // What the oracle draws is the truth again: nothing to look at.
  const shownPredictors = [subject.predictor, ...beside].map(({ name }) => name);
  await writeRollouts(
    join(folder, 'rollouts.zarr'),
    {
      run: subject.run,
      dataset: spec.name,
      family: subject.family,
      dt,
      context: comparison.context,
      horizon: comparison.longest,
      width: spec.width,
      height: spec.height,
      predictors: shownPredictors,
      tracked: [...comparison.tracked],
    },
    comparison.kept,
  );
  const { provenance, losses } = subject;
  const report = renderReport({
    ...{ scorecard, provenance, losses, commands, rollouts: comparison.kept },
    pairs: surprise.map(({ example }) => example),
  });
  await writeFileAtomic(join(folder, 'report.html'), report);
  await writeJsonAtomic(join(folder, SCORECARD_FILE), scorecard);
  return scorecard;
}

/** What is judged besides the held-out split. */
interface Beyond {
  readonly shifts?: Scorecard['shifts'];
  readonly surprise?: readonly ViolationSurprise[];
  readonly probes?: Probes | undefined;
}

/** Predicted frames where episodes are long, and where they are not. */
const LONG = 50;
const SHORT = 30;

function shiftedSplits({ manifest }: Dataset): ShiftedSplit[] {
  return Object.entries(manifest.splits).flatMap(([split, { factor }]): ShiftedSplit[] => {
    if (factor === undefined) return [];
    const found = manifest.factors[factor];
    return [{ split, factor, range: found?.shifted ?? null, unit: found?.unit ?? '' }];
  });
}

const unshifted = (split: string): ShiftedSplit => ({ split, factor: null, range: null, unit: '' });

/** What was measured, as `scorecard.json` says it. */
export function makeScorecard(
  subject: Subject,
  { manifest }: Dataset,
  { split, horizon, draws, seed }: Judging,
  comparison: Comparison,
  { shifts = [], surprise = [], probes }: Beyond = {},
): Scorecard {
  const { context, longest, episodes, measured, millisecondsPerFrame } = comparison;
  const unmeasured = comparison.unmeasured.map(({ metric }) => metric);
  const rules = { episodes, longest, horizon, draws, seed, unmeasured };
  const { perFrame, perRollout } = measurable(rules);
  return scorecardSchema.parse({
    format: 'orrery.scorecard',
    version: SCORECARD_VERSION,
    run: subject.run,
    family: subject.family,
    checkpoint: subject.checkpoint,
    dataset: { name: manifest.spec.name, checksum: manifest.checksums.dataset, split },
    protocol: {
      episodes: new Set(episodes).size,
      rollouts: episodes.length,
      ...{ context, horizon, longest, dt: manifest.dt, draws, seed },
      follows: subject.sees ?? 'frames',
    },
    cost: {
      parameters: subject.parameters,
      flopsPerFrame: toQuantity(subject.flopsPerFrame),
      millisecondsPerFrame: toQuantity(millisecondsPerFrame[subject.predictor.name]),
      millisecondsByPredictor: Object.fromEntries(
        Object.entries(millisecondsPerFrame).map(([name, value]) => [name, toQuantity(value)]),
      ),
    },
    metrics: perFrame.map(described),
    rolloutMetrics: perRollout.map(described),
    unmeasured: comparison.unmeasured.map(({ metric, reason }) => ({
      ...{ metric, label: metricNamed(metric).label, reason },
    })),
    samples: { episodes: [...episodes], starts: [...comparison.starts], ...samplesOf(measured[0], rules) },
    ...compose(measured, rules),
    shifts,
    surprise: composeSurprise(surprise, { draws, seed }),
    probes: composeProbes(probes, { draws, seed }),
  } satisfies Scorecard);
}

function described({ name, label, unit, better, digits, description }: Metric | RolloutMetric) {
  return { name, label, unit, better, digits, description };
}
