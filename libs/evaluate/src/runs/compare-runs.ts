/**
 * Scorecards of several runs side by side. Where two runs were judged on the same episodes, their difference is judged on
 * the same draws of episodes: what makes an episode hard for both cancels.
 */
import type { Metric, RolloutMetric } from '../metrics/definition.ts';
import { metricNamed, metrics, rolloutMetrics } from '../metrics/metric.ts';
import { fromErrors } from '../scorecard/probes.ts';
import { resample, type Resampling } from '../scorecard/bootstrap.ts';
import {
  difference,
  estimate,
  toInterval,
  type Contributions,
  type Estimate,
} from '../scorecard/estimate.ts';
import { fromQuantity, type Interval, type Quantity, type Scorecard } from '../scorecard/schema.ts';

/** One figure of all runs. */
export interface ComparedFigure {
  /** Such as "psnr/mean-10", "valid_time/rollout-30" or "surprise/vanish". */
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly digits: number;
  /** One a run, in their order; null where it was not measured. */
  readonly values: readonly (Interval | null)[];
  /** Each run minus the first: null for the first, and where one of them lacks the figure. */
  readonly differences: readonly (Interval | null)[];
}

export interface RunComparison {
  readonly runs: readonly ComparedRun[];
  readonly dataset: Scorecard['dataset'];
  readonly protocol: Pick<Scorecard['protocol'], 'horizon' | 'longest' | 'draws' | 'seed'>;
  /** Episodes on which all runs were judged. */
  readonly episodes: number;
  readonly figures: readonly ComparedFigure[];
}

/** What tells the runs apart besides their figures. */
export interface ComparedRun {
  readonly run: string;
  readonly family: string;
  readonly checkpoint: Scorecard['checkpoint'];
  /** Frames that it is given, and whether as pictures or as states. */
  readonly context: number;
  readonly given: Scorecard['protocol']['follows'];
  readonly parameters: number;
  readonly flopsPerFrame: Quantity;
  readonly millisecondsPerFrame: Quantity;
}

/** Contributions of one figure, each with the episode that it belongs to. */
interface Sampled extends Contributions {
  readonly episodes: readonly number[];
}

interface FigureKind {
  readonly name: string;
  readonly metric: Pick<Metric | RolloutMetric, 'label' | 'unit' | 'better' | 'digits' | 'fromMean'>;
  readonly read: (scorecard: Scorecard) => Sampled | undefined;
}

/**
 * @param scorecards at least two; differences are to the first
 * @throws where they are of other data or another horizon, or share no episode
 */
export function compareRuns(scorecards: readonly Scorecard[]): RunComparison {
  const [first, ...others] = scorecards;
  if (first === undefined || others.length === 0)
    throw new Error(`${scorecards.length} runs: nothing to compare; name at least two`);
  for (const other of others) checkComparable(first, other);
  const shared = sharedEpisodes(scorecards);
  const { horizon, longest, draws, seed } = first.protocol;
  return {
    runs: scorecards.map(({ run, family, checkpoint, protocol: { context, follows: given }, cost }) => ({
      ...{ run, family, checkpoint, context, given, parameters: cost.parameters },
      ...{ flopsPerFrame: cost.flopsPerFrame, millisecondsPerFrame: cost.millisecondsPerFrame },
    })),
    dataset: first.dataset,
    protocol: { horizon, longest, draws, seed },
    episodes: shared.size,
    figures: kindsOf(first).flatMap((kind): ComparedFigure[] => {
      const estimates = estimateAll(kind, scorecards, first.protocol);
      if (estimates.every((one) => one === undefined)) return [];
      const { label, unit, better, digits } = kind.metric;
      return [
        {
          ...{ name: kind.name, label, unit, better, digits },
          values: estimates.map((one) => (one ? toInterval(one) : null)),
          differences: estimates.map((one, i) =>
            i > 0 && one && estimates[0] ? toInterval(difference(one, estimates[0])) : null,
          ),
        },
      ];
    }),
  };
}

function checkComparable(a: Scorecard, b: Scorecard): void {
  const [x, y] = [a.dataset, b.dataset];
  const remedy = `evaluate both on one dataset ("orrery evaluate <run> --data <folder>")`;
  if (x.checksum !== y.checksum)
    throw new Error(
      `run "${b.run}" was evaluated on "${y.name}" ${y.checksum.slice(0, 12)}, run "${a.run}" on "${x.name}" ${x.checksum.slice(0, 12)}; ${remedy}`,
    );
  if (x.split !== y.split)
    throw new Error(
      `run "${b.run}" was evaluated on split "${y.split}", run "${a.run}" on "${x.split}"; evaluate both on one split ("--set split=${x.split}")`,
    );
  for (const name of ['horizon', 'longest'] as const)
    if (a.protocol[name] !== b.protocol[name])
      throw new Error(
        `run "${b.run}" was evaluated over a ${name === 'horizon' ? 'horizon' : 'longest rollout'} of ${b.protocol[name]} frames, run "${a.run}" of ${a.protocol[name]}; evaluate both alike ("orrery evaluate <run> --set ${name}=${a.protocol[name]}")`,
      );
}

/** Episodes of all runs. */
function sharedEpisodes(scorecards: readonly Scorecard[]): Set<number> {
  const sets = scorecards.map(({ samples }) => new Set(samples.episodes));
  const shared = new Set([...sets[0]].filter((episode) => sets.every((set) => set.has(episode))));
  if (shared.size === 0)
    throw new Error(
      `runs ${scorecards.map(({ run }) => `"${run}"`).join(', ')} share no episode; evaluate them with the same "episodes"`,
    );
  return shared;
}

/** Metrics that are compared on each shifted split. */
const SHIFTED: readonly string[] = ['psnr', 'position_error', 'valid_time'];

/** The figures that scorecards of this kind may have. */
function kindsOf({ protocol, surprise, shifts, probes }: Scorecard): FigureKind[] {
  const { horizon, longest, follows } = protocol;
  const sampled = (episodes: number[], found: { sums: number[]; weights: number[] } | undefined) =>
    found && {
      episodes,
      sums: Float64Array.from(found.sums),
      weights: Float64Array.from(found.weights),
    };
  const ofFrames = metrics.flatMap((metric) =>
    (['mean', 'step'] as const).map((over): FigureKind => ({
      name: `${metric.name}/${over}-${horizon}`,
      metric: {
        ...metric,
        label: `${metric.label} ${over === 'mean' ? `1–${horizon}` : `@${horizon}`}`,
      },
      read: (scorecard) => sampled(scorecard.samples.episodes, scorecard.samples.metrics[metric.name]?.[over]),
    })),
  );
  const ofRollouts = rolloutMetrics.map((metric): FigureKind => ({
    name: `${metric.name}/rollout-${longest}`,
    metric: { ...metric, label: `${metric.label} 1–${longest}` },
    read: (scorecard) => sampled(scorecard.samples.episodes, scorecard.samples.rollouts[metric.name]?.longest),
  }));
  const ofShifts = shifts
    .filter(({ factor }) => factor !== null)
    .flatMap(({ split, factor }) =>
      SHIFTED.map(metricNamed).map((metric): FigureKind => ({
        name: `${metric.name}/${split}`,
        metric: { ...metric, label: `${metric.label} 1–${horizon}, ${factor} shifted` },
        read: (scorecard) => {
          const found = scorecard.shifts.find((shift) => shift.split === split)?.samples;
          return found && sampled(found.episodes, found.metrics[metric.name]);
        },
      })),
    );
  const ofProbes = (probes?.rows ?? []).map(({ quantity }): FigureKind => ({
    name: `probe/${quantity}`,
    metric: {
      label: `linear probe of ${quantity}, R²`,
      ...{ unit: '', better: 'higher', digits: 3, fromMean: fromErrors },
    },
    read: (scorecard) => {
      // A model that is given states has them in its state: no match for what another has found in pictures.
      if (scorecard.protocol.follows !== follows) return undefined;
      const found = scorecard.probes?.rows.find((row) => row.quantity === quantity)?.samples;
      return found && sampled(found.episodes, found);
    },
  }));
  const violations = surprise?.violations.map(({ violation }) => violation) ?? [];
  const ofPairs = [undefined, ...violations].map((wanted): FigureKind => ({
    name: `surprise/${wanted ?? 'all'}`,
    metric: {
      label: `surprise: ${wanted ?? 'all pairs'}`,
      ...{ unit: '%', better: 'higher', digits: 1, fromMean: (mean) => 100 * mean },
    },
    read: (scorecard) => {
      const found = scorecard.surprise?.violations.filter(
        ({ violation }) => wanted === undefined || violation === wanted,
      );
      if (found === undefined || found.length === 0) return undefined;
      const correct = found.flatMap(({ samples }) => samples.correct);
      return {
        episodes: found.flatMap(({ samples }) => samples.episodes),
        sums: Float64Array.from(correct),
        weights: new Float64Array(correct.length).fill(1),
      };
    },
  }));
  return [...ofFrames, ...ofRollouts, ...ofShifts, ...(surprise ? ofPairs : []), ...ofProbes];
}

/** A figure of each run over the episodes that all of those that have it share, on the same draws of them. */
function estimateAll(
  { metric, read }: FigureKind,
  scorecards: readonly Scorecard[],
  { draws, seed }: Scorecard['protocol'],
): (Estimate | undefined)[] {
  const sampled = scorecards.map(read);
  const present = sampled.filter((one) => one !== undefined);
  if (present.length === 0) return sampled.map(() => undefined);
  const sets = present.map(({ episodes }) => new Set(episodes));
  const shared = [...sets[0]].filter((episode) => sets.every((set) => set.has(episode)));
  if (shared.length === 0) return sampled.map(() => undefined);
  const resampling: Resampling = resample(shared, draws, seed);
  return sampled.map((one) => one && estimate(metric, byEpisode(one, shared), resampling));
}

/** Sums over the rollouts of each episode. */
function byEpisode({ episodes, sums, weights }: Sampled, shared: readonly number[]): Contributions {
  const total = (values: Float64Array) =>
    Float64Array.from(shared, (wanted) =>
      episodes.reduce((sum, episode, i) => (episode === wanted ? sum + values[i] : sum), 0),
    );
  return { sums: total(sums), weights: total(weights) };
}

/** -1 where a difference is certainly for the worse, 1 where for the better, 0 where its interval holds 0 or there is none. */
export function verdictOf({ better }: Pick<ComparedFigure, 'better'>, change: Interval | null): -1 | 0 | 1 {
  if (change === null) return 0;
  const [low, high] = [fromQuantity(change.low), fromQuantity(change.high)];
  const sign = low > 0 ? 1 : high < 0 ? -1 : 0;
  if (sign === 0) return 0;
  return sign > 0 === (better === 'higher') ? 1 : -1;
}
