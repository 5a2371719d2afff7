/**
 * Surprise: whether a model finds what cannot happen less likely than what can. In matched pairs of a possible and an
 * impossible film the frames are the same until the violation; from the last frame in which the body is seen before it,
 * the model imagines on, and its imagination should be nearer to the possible film. Source: the relative pairwise
 * accuracy of IntPhys (Riochet et al., 2018), with the error of predicted pixels as surprise.
 */
import type { Dataset } from '@orrery/dataset';
import { key } from '@orrery/random';
import type { Scene } from '@orrery/scene';
import { createBodyParser } from './bodies/parse.ts';
import { shownShares } from './bodies/shown.ts';
import { contextOf, readTrueClip, type TrueClip } from './clips.ts';
import type { EvaluateProgress } from './compare.ts';
import { meanSquaredError } from './metrics/psnr.ts';
import type { Predictor } from './predictors/predictor.ts';

/** Frames from the violation on over which films are compared, where they are long enough. */
export const SURPRISE_FRAMES = 20;
/** Share of a body's silhouette from which on it counts as seen before the violation. */
const SEEN = 0.75;

/** One pair: how far the prediction is from each film. */
export interface PairSurprise {
  /** Of the possible member. */
  readonly episode: number;
  /** Mean squared error over the frames from the violation on, in units of the peak squared. */
  readonly possible: number;
  readonly impossible: number;
}

/** What a pair shows, for the report. */
export interface SurpriseExample {
  readonly violation: string;
  readonly episode: number;
  readonly width: number;
  readonly height: number;
  /** The frame of the violation, counted like `films`. */
  readonly violated: number;
  /** Films of the same length, the first frame being the last one given: [T, H, W, 3] u8 each. */
  readonly possible: Uint8Array;
  readonly impossible: Uint8Array;
  readonly predicted: Uint8Array;
}

export interface ViolationSurprise {
  readonly violation: string;
  /** By predictor, a row a pair. */
  readonly pairs: Readonly<Record<string, readonly PairSurprise[]>>;
  readonly example: SurpriseExample;
}

export interface SurpriseOptions {
  readonly dataset: Dataset;
  /** "model" first. */
  readonly predictors: readonly Predictor[];
  /** Pairs of a violation, at most. */
  readonly episodes: number;
  readonly batch: number;
  /** Of what predictors draw; 0 unless given. */
  readonly seed?: number;
  /** @param progress pairs measured, of all */
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The splits of matched pairs, by the violation of their impossible members. */
export function pairSplits({ manifest }: Dataset, episodes: number) {
  return Object.values(manifest.splits).flatMap(({ start, count, variant }) =>
    variant === undefined
      ? []
      : [{ violation: variant, start, pairs: Math.min(episodes, Math.floor(count / 2)) }],
  );
}

/** @returns one entry a violation; none where the dataset has no pairs */
export async function measureSurprise(options: SurpriseOptions): Promise<ViolationSurprise[]> {
  const { dataset, predictors, signal, onProgress } = options;
  const splits = pairSplits(dataset, options.episodes);
  const total = splits.reduce((sum, { pairs }) => sum + pairs, 0);
  const context = Math.max(...predictors.map(({ contextFrames }) => contextFrames));
  const seedKey = key(options.seed ?? 0);
  const results: ViolationSurprise[] = [];
  let done = 0;
  for (const { violation, start, pairs } of splits) {
    const rows: Record<string, PairSurprise[]> = Object.fromEntries(predictors.map(({ name }) => [name, []]));
    let example: SurpriseExample | undefined;
    for (let first = 0; first < pairs; first += options.batch) {
      signal?.throwIfAborted();
      const count = Math.min(options.batch, pairs - first);
      const batch = await Promise.all(
        Array.from({ length: count }, (_, i) => readPair(dataset, start + 2 * (first + i), context)),
      );
      const longest = Math.max(...batch.map(({ steps }) => steps));
      const contexts = batch.map(({ possible }) => contextOf(possible, context, seedKey));
      for (const predictor of predictors) {
        const predictions = await predictor.predict(contexts, longest, signal);
        batch.forEach((pair, i) => rows[predictor.name].push(compare(pair, predictions[i].frames, context)));
        if (predictor === predictors[0])
          example ??= exampleOf(violation, batch[0], predictions[0].frames, context);
      }
      done += count;
      onProgress?.({ done, total });
      // Let a signal and a progress bar have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    results.push({ violation, pairs: rows, example: example! });
  }
  return results;
}

/** A pair from the first frame that is given. */
interface Pair {
  readonly possible: TrueClip;
  readonly impossible: TrueClip;
  /** Frames to predict. */
  readonly steps: number;
  /** The first predicted frame, from 0, that shows the violation. */
  readonly violated: number;
}

async function readPair(dataset: Dataset, episode: number, context: number): Promise<Pair> {
  const impossibleScene = await dataset.readScene(episode + 1);
  const event = impossibleScene.interventions[0];
  if (event === undefined)
    throw new Error(
      `dataset "${dataset.manifest.spec.name}": episode ${episode + 1} should be impossible, but nothing happens in it; generate the dataset again`,
    );
  const whole = await readTrueClip(dataset, { context: 0, longest: dataset.frames }, { episode, start: 0 });
  const body = 'body' in event ? event.body : undefined;
  const last = Math.max(lastSeen(whole, whole.scene, body, event.frame), context - 1);
  const steps = Math.min(event.frame + SURPRISE_FRAMES, dataset.frames) - 1 - last;
  const plan = { context, longest: steps };
  const start = last - context + 1;
  const [possible, impossible] = await Promise.all(
    [episode, episode + 1].map((member) => readTrueClip(dataset, plan, { episode: member, start })),
  );
  return { possible, impossible, steps, violated: event.frame - last - 1 };
}

/** The last frame before `frame` in which the body is seen; the frame before where no body is meant or followed. */
function lastSeen(clip: TrueClip, scene: Scene, body: string | undefined, frame: number): number {
  const parser = createBodyParser(scene, clip);
  const row = parser.bodies.findIndex((index) => scene.bodies[index].name === body);
  if (row < 0) return frame - 1;
  const shown = shownShares(clip, parser);
  let last = frame - 1;
  while (last > 0 && !(shown[last * parser.bodies.length + row] >= SEEN)) last--;
  return last;
}

function compare(pair: Pair, predicted: Uint8Array, context: number): PairSurprise {
  const bytes = pair.possible.width * pair.possible.height * 3;
  const ours = predicted.subarray(pair.violated * bytes, pair.steps * bytes);
  const error = ({ frames }: TrueClip) =>
    meanSquaredError(
      ours,
      frames.subarray((context + pair.violated) * bytes, (context + pair.steps) * bytes),
    );
  return {
    episode: pair.possible.episode,
    possible: error(pair.possible),
    impossible: error(pair.impossible),
  };
}

function exampleOf(
  violation: string,
  { possible, impossible, steps, violated }: Pair,
  predicted: Uint8Array,
  context: number,
): SurpriseExample {
  const { width, height, episode } = possible;
  const bytes = width * height * 3;
  const film = ({ frames }: TrueClip) => frames.slice((context - 1) * bytes);
  const imagined = new Uint8Array((steps + 1) * bytes);
  imagined.set(possible.frames.subarray((context - 1) * bytes, context * bytes));
  imagined.set(predicted.subarray(0, steps * bytes), bytes);
  return {
    ...{ violation, episode, width, height, violated: violated + 1 },
    ...{ possible: film(possible), impossible: film(impossible), predicted: imagined },
  };
}
