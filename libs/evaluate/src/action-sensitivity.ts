/**
 * Whether a predictor heeds actions: how much better it predicts what happened when it is told what was done than when
 * it is told what was done in another episode. Bruce et al., "Genie" (2024), section 3, call it delta-PSNR, there with
 * random actions; those of another episode are as likely as the true ones.
 */
import type { Dataset } from '@orrery/dataset';
import { key } from '@orrery/random';
import { contextOf, planClips, readTrueClip, type ClipRequest, type TrueClip } from './clips.ts';
import { decibels, meanSquaredError } from './metrics/psnr.ts';
import type { Predictor } from './predictors/predictor.ts';
import type { Figure } from './scorecard/schema.ts';

/** Squared error of rounding to bytes, in units of white squared: no frame that is met exactly counts for more. */
const ROUNDING = 1 / 12 / 255 ** 2;

export interface ActionSensitivity {
  /** dB: PSNR with the true actions minus PSNR with another episode's, mean over episodes */
  readonly mean: number;
  /** dB: of the mean */
  readonly standardError: number;
  /** [E] dB */
  readonly episodes: readonly number[];
}

export interface SensitivityOptions extends Pick<ClipRequest, 'split' | 'horizon' | 'episodes'> {
  readonly dataset: Dataset;
  readonly predictor: Predictor;
  /** Clips predicted at a time. */
  readonly batch: number;
  /** Of what the predictor draws: the same with either actions. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the scorecard says of it: demanded is more than two standard errors above 0. */
export function sensitivityFigures({ mean, standardError }: ActionSensitivity): Figure[] {
  const bound = 2 * standardError;
  return [
    {
      ...{ name: 'action_sensitivity', value: mean, unit: 'dB' },
      ...{ bound: `> ${bound.toFixed(3)}`, holds: mean > bound },
    },
    {
      name: 'action_sensitivity/standard-error',
      value: standardError,
      unit: 'dB',
      bound: null,
      holds: true,
    },
  ];
}

/**
 * One clip an episode. Actions are exchanged from the last context frame on: what led through the context stays true.
 * @throws when nothing acts in the dataset, there are fewer than two episodes, or they are too short
 */
export async function actionSensitivity(options: SensitivityOptions): Promise<ActionSensitivity> {
  const { dataset, predictor, horizon, seed } = options;
  const context = predictor.contextFrames;
  const size = dataset.manifest.actions.length;
  const plan = planClips(dataset, { ...options, context, longest: horizon, starts: 1 });
  if (size === 0 || plan.clips.length < 2) {
    const found = size === 0 ? 'no actions' : `${plan.clips.length} episode in "${options.split}"`;
    throw new Error(
      `dataset "${dataset.manifest.spec.name}": ${found}; sensitivity to actions needs a scene with actuators and two episodes`,
    );
  }
  const clips = await Promise.all(plan.clips.map((clip) => readTrueClip(dataset, plan, clip)));
  const kept = (context - 1) * size;
  const other = clips.map(({ actions }, i) => {
    const exchanged = actions!.slice();
    exchanged.set(clips[(i + 1) % clips.length].actions!.subarray(kept), kept);
    return exchanged;
  });
  const withTrue = await measure(
    clips.map(({ actions }) => actions!),
    clips,
    options,
  );
  const withOther = await measure(other, clips, options);
  const episodes = withTrue.map((value, i) => value - withOther[i]);
  const mean = episodes.reduce((sum, value) => sum + value, 0) / episodes.length;
  const squares = episodes.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = Math.sqrt(squares / (episodes.length - 1) / episodes.length);
  return { mean, standardError, episodes };

  /** PSNR of each clip over its predicted frames. */
  async function measure(
    acted: readonly Float32Array[],
    of: readonly TrueClip[],
    { batch, signal }: SensitivityOptions,
  ): Promise<number[]> {
    const found: number[] = [];
    for (let first = 0; first < of.length; first += batch) {
      signal?.throwIfAborted();
      const contexts = of.slice(first, first + batch).map((clip, i) => ({
        ...contextOf(clip, context, key(seed)),
        ...{ actions: acted[first + i], future: undefined },
      }));
      const predicted = await predictor.predict(contexts, horizon, signal);
      predicted.forEach(({ frames }, i) => {
        const truth = of[first + i].frames.subarray(contexts[i].frames.length);
        found.push(decibels(Math.max(meanSquaredError(frames, truth), ROUNDING)));
      });
    }
    return found;
  }
}
