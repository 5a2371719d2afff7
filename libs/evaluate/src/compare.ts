/** The heart of the evaluation: predictors over clips, measured side by side. Knows no files and no model family. */
import type { Dataset } from '@orrery/dataset';
import { key } from '@orrery/random';
import { trackedBodies } from '@orrery/scene';
import { createBodyParser, createStateFollower } from './bodies/parse.ts';
import { contextOf, planClips, readTrueClip, type ClipRequest } from './clips.ts';
import { measureRollout, observe, parseRollout, type MeasuredRollout } from './measure.ts';
import type { Facts, Tally } from './metrics/definition.ts';
import { metrics, rolloutMetrics } from './metrics/metric.ts';
import type { Prediction, Predictor } from './predictors/predictor.ts';
import type { KeptRollout } from './rollouts.ts';
import type { Measurements } from './scorecard/compose.ts';

export interface Comparison {
  readonly context: number;
  readonly longest: number;
  /** [R] the episode of each rollout, and its first frame there */
  readonly episodes: readonly number[];
  readonly starts: readonly number[];
  /** Predicted frames over which rollouts are measured as a whole: the horizon, and all. */
  readonly windows: readonly [number, number];
  /** One a predictor, in their order, then "truth": the parser on the true frames. */
  readonly measured: readonly Measurements[];
  /** Bodies (indices in the scene) that are parsed. */
  readonly tracked: readonly number[];
  /** Metrics that cannot be measured on these clips, and why. */
  readonly unmeasured: readonly Unmeasured[];
  readonly kept: readonly KeptRollout[];
  /** Milliseconds a predicted frame took, by predictor; over batches of `batch` rollouts. */
  readonly millisecondsPerFrame: Readonly<Record<string, number>>;
}

export interface Unmeasured {
  readonly metric: string;
  /** A clause. */
  readonly reason: string;
}

export interface EvaluateProgress {
  readonly done: number;
  readonly total: number;
}

export interface CompareOptions extends Omit<ClipRequest, 'context'> {
  readonly dataset: Dataset;
  readonly predictors: readonly Predictor[];
  /** Whether bodies are looked for in frames, which is so unless given, or told by the states that predictors predict. */
  readonly follow?: 'frames' | 'states' | undefined;
  /** Rollouts that are kept whole for the viewer and the report, spread over all of them. */
  readonly keep: number;
  /** Predicted frames that are measured, of clips that leave room for `longest`; those unless given. */
  readonly measured?: number | undefined;
  /** Rollouts predicted at a time. */
  readonly batch: number;
  /** Of what predictors draw; 0 unless given. */
  readonly seed?: number;
  /** @param progress rollouts measured, of all */
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const TRUTH_DESCRIPTIONS = {
  frames:
    'The true frames themselves: what the measurement says of a perfect prediction. Its position error is the floor of parsing by colour.',
  states: 'The true states themselves: what the measurement says of a perfect prediction.',
} as const;

/** @throws when the signal aborts, the dataset is too short, or its episodes follow different bodies */
export async function comparePredictors(options: CompareOptions): Promise<Comparison> {
  const { dataset, predictors, signal, onProgress, follow = 'frames' } = options;
  const context = Math.max(...predictors.map(({ contextFrames }) => contextFrames));
  const planned = planClips(dataset, { ...options, context });
  const { clips } = planned;
  const longest = Math.min(planned.longest, options.measured ?? planned.longest);
  const plan = { ...planned, longest };
  const seedKey = key(options.seed ?? 0);
  const names = [...predictors.map(({ name }) => name), 'truth'];
  const values = new Map(
    names.map((name) => [
      name,
      Object.fromEntries(metrics.map((metric) => [metric.name, new Float64Array(clips.length * longest)])),
    ]),
  );
  const windows = [options.horizon, longest] as const;
  const tallies = new Map(
    names.map((name) => [
      name,
      Object.fromEntries(rolloutMetrics.map((metric) => [metric.name, [] as (readonly Tally[])[]])),
    ]),
  );
  const record = (name: string, rollout: number, measured: MeasuredRollout) => {
    for (const metric of metrics)
      values.get(name)![metric.name].set(measured.values[metric.name], rollout * longest);
    for (const metric of rolloutMetrics)
      tallies.get(name)![metric.name][rollout] = measured.tallies[metric.name];
  };
  const keepEvery = Math.max(1, Math.ceil(clips.length / options.keep));
  const kept: KeptRollout[] = [];
  const elapsed = new Map(names.map((name) => [name, 0]));
  const followed = follow === 'states' ? await moversOf(dataset, clips) : undefined;
  let tracked: readonly number[] | undefined;
  let facts: Facts | undefined;

  for (let first = 0; first < clips.length; first += options.batch) {
    signal?.throwIfAborted();
    onProgress?.({ done: first, total: clips.length });
    const batch = await Promise.all(
      clips.slice(first, first + options.batch).map((clip) => readTrueClip(dataset, plan, clip)),
    );
    const contexts = batch.map((clip) => contextOf(clip, context, seedKey));
    const predictions = new Map<string, Prediction[]>();
    for (const predictor of predictors) {
      const started = performance.now();
      predictions.set(predictor.name, await predictor.predict(contexts, longest, signal));
      elapsed.set(predictor.name, elapsed.get(predictor.name)! + performance.now() - started);
    }
    for (const [i, clip] of batch.entries()) {
      signal?.throwIfAborted();
      const rollout = first + i;
      const parser = followed
        ? createStateFollower(clip.scene, clip, followed)
        : createBodyParser(clip.scene, clip);
      tracked ??= parser.bodies;
      if (tracked.join() !== parser.bodies.join())
        throw new Error(
          `episode ${clip.episode}: bodies [${parser.bodies}] can be followed, in the episodes before [${tracked}]; evaluate a dataset with one set of bodies`,
        );
      const afterContext: Prediction = {
        frames: clip.frames.subarray(context * clip.width * clip.height * 3),
        position:
          follow === 'states' ? clip.position.subarray(3 * clip.scene.bodies.length * context) : undefined,
      };
      const observed = observe(clip, context, parser);
      const truth = measureRollout(observed, afterContext, windows);
      record('truth', rollout, truth);
      facts = {
        rollout: facts?.rollout ?? parseRollout(observed, afterContext),
        depthError: Math.max(facts?.depthError ?? 0, observed.depthError),
      };
      const made: Record<string, MeasuredRollout> = {};
      for (const { name } of predictors) {
        made[name] = measureRollout(observed, predictions.get(name)![i], windows);
        record(name, rollout, made[name]);
      }
      if (rollout % keepEvery === 0) kept.push({ clip, truth, predictions: made });
      onProgress?.({ done: rollout + 1, total: clips.length });
      // Measuring is synchronous: let a signal and a progress bar have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const measured = [...predictors, { name: 'truth', description: TRUTH_DESCRIPTIONS[follow] }].map(
    ({ name, description }): Measurements => ({
      predictor: name,
      description,
      values: values.get(name)!,
      tallies: tallies.get(name)!,
    }),
  );
  return {
    context,
    longest,
    episodes: clips.map(({ episode }) => episode),
    starts: clips.map(({ start }) => start),
    windows,
    measured,
    unmeasured: facts ? unmeasured(facts, measured) : [],
    tracked: tracked ?? [],
    kept,
    millisecondsPerFrame: Object.fromEntries(
      predictors.map(({ name }) => [name, elapsed.get(name)! / (clips.length * longest)]),
    ),
  };
}

/** Indices of the bodies that move and are drawn in any of the clips' scenes, ascending. */
async function moversOf(dataset: Dataset, clips: readonly { readonly episode: number }[]): Promise<number[]> {
  const episodes = [...new Set(clips.map(({ episode }) => episode))];
  const each = await Promise.all(
    episodes.map(async (episode) => trackedBodies(await dataset.readScene(episode))),
  );
  return [...new Set(each.flat())].sort((a, b) => a - b);
}

/** What has no meaning on these clips, or nothing to be measured in them by any predictor. */
function unmeasured(facts: Facts, measured: readonly Measurements[]): Unmeasured[] {
  return [...metrics, ...rolloutMetrics].flatMap(({ name, unavailable, empty }) => {
    const reason = unavailable?.(facts);
    if (reason !== undefined) return [{ metric: name, reason }];
    const anything = measured.some(({ values, tallies }) =>
      name in values
        ? !values[name].every(Number.isNaN)
        : tallies[name].some((windows) => windows.some(({ weight }) => weight > 0)),
    );
    return anything || empty === undefined ? [] : [{ metric: name, reason: empty }];
  });
}
