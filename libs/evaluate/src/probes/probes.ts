/**
 * Linear probes: how much of a scene's state can be read, linearly, from what a model remembers of its context. A ridge
 * regression from the frozen state that `encode` gives to what is true in the newest context frame, fitted on training
 * episodes, judged on held-out ones. Prior art: Alain and Bengio, "Understanding intermediate layers using linear
 * classifier probes" (2016); LeWorldModel (2026) probes positions, angles and velocities so.
 */
import type { Dataset } from '@orrery/dataset';
import { MOTION, MOTION_SIZE } from '@orrery/models';
import { key } from '@orrery/random';
import { trackedBodies } from '@orrery/scene';
import { contextOf, planClips, readTrueClip, type ClipRequest, type TrueClip } from '../clips.ts';
import type { Context } from '../predictors/predictor.ts';
import { kernelOf, ridge, type Kernel, type Ridge, type Rows } from './ridge.ts';

/** What a model remembers of each context: one row of numbers a context. */
export type Encode = (contexts: readonly Context[]) => Promise<Float32Array[]>;

/** What probes look for in each body that moves and is drawn. */
export const probedQuantities = ['position', 'velocity', 'orientation', 'mass'] as const;
export type ProbedQuantity = (typeof probedQuantities)[number];

export interface ProbeOptions extends Pick<ClipRequest, 'split' | 'episodes'> {
  readonly dataset: Dataset;
  readonly encode: Encode;
  /** Frames that it is given. */
  readonly context: number;
  /** Contexts of training episodes that the probes are fitted to. */
  readonly samples: number;
  /** Contexts encoded at a time. */
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Probe {
  readonly quantity: ProbedQuantity;
  /** The episode of each held-out context. */
  readonly episodes: readonly number[];
  /** Of each: squared error of the probe, and of the mean over all; R² is 1 minus the quotient of the sums. */
  readonly residual: Float64Array;
  readonly total: Float64Array;
  /** α as a multiple of the number of features, chosen on the last fifth of the training contexts. */
  readonly penalty: number;
}

export interface Probes {
  /** Numbers of a state. */
  readonly features: number;
  /** Contexts that were fitted. */
  readonly samples: number;
  /** Those of the quantities that differ between contexts. */
  readonly probes: readonly Probe[];
}

/** Candidates for α over the number of features. */
const PENALTIES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];
/** Contexts of a held-out episode. */
const HELD_OUT_STARTS = 4;

/** @throws when the dataset lacks the split, or the signal aborts */
export async function measureProbes(options: ProbeOptions): Promise<Probes> {
  const { dataset, split, samples, episodes } = options;
  const { train } = dataset.manifest.splits;
  const perEpisode = Math.ceil(samples / train.count);
  const trained = await encodeClips(options, { split: 'train', episodes: samples, starts: perEpisode });
  const held = await encodeClips(options, { split, episodes, starts: HELD_OUT_STARTS });
  const features = trained.rows[0].length;
  // A model that has diverged remembers nothing that could be read.
  const finite = [...trained.rows, ...held.rows].every((row) => row.every(Number.isFinite));
  const bodies = inAll([...trained.clips, ...held.clips]);
  if (!finite) return { features, samples: trained.rows.length, probes: [] };
  const kernel = kernelOf(trained.rows);
  const nearness = kernel.nearness(held.rows);
  const probes = probedQuantities.flatMap((quantity): Probe[] => {
    const [known, wanted] = [trained, held].map(({ clips }) =>
      clips.map((clip) => truthOf(quantity, clip, bodies, options.context)),
    );
    if (!differs(known) || !differs(wanted)) return [];
    const penalty = choosePenalty(kernel, known, features);
    const fitted = ridge(kernel, known, penalty * features);
    return [
      {
        ...{ quantity, penalty, episodes: held.clips.map(({ episode }) => episode) },
        ...errors(fitted, nearness, wanted),
      },
    ];
  });
  return { features, samples: trained.rows.length, probes };
}

async function encodeClips(
  { dataset, encode, context, batch, signal }: ProbeOptions,
  request: Pick<ClipRequest, 'split' | 'episodes' | 'starts'>,
): Promise<{ readonly rows: Float32Array[]; readonly clips: TrueClip[] }> {
  const plan = planClips(dataset, { ...request, context, horizon: 0, longest: 0 });
  const rows: Float32Array[] = [];
  const clips: TrueClip[] = [];
  for (let first = 0; first < plan.clips.length; first += batch) {
    signal?.throwIfAborted();
    const some = await Promise.all(
      plan.clips.slice(first, first + batch).map((clip) => readTrueClip(dataset, plan, clip)),
    );
    rows.push(...(await encode(some.map((clip) => contextOf(clip, context, key(0))))));
    clips.push(...some);
  }
  return { rows, clips };
}

/** The numbers of a quantity in the newest frame of a clip of `context` frames. */
function truthOf(
  quantity: ProbedQuantity,
  clip: TrueClip,
  bodies: readonly number[],
  context: number,
): number[] {
  const { scene, states } = clip;
  const count = scene.bodies.length;
  const last = (context - 1) * count;
  if (quantity === 'mass') return bodies.map((index) => scene.bodies[index].mass);
  if (quantity === 'position')
    return bodies.flatMap((index) => [...clip.position.subarray(3 * (last + index), 3 * (last + index) + 3)]);
  if (quantity === 'velocity') return bodies.flatMap((index) => velocityOf(states?.motion, last + index));
  return bodies.flatMap((index) => {
    const { shape, pattern } = scene.bodies[index];
    // A ball of one colour looks the same from all sides.
    if (shape.kind === 'sphere' && !pattern) return [];
    return matrixOf(clip.quaternion.subarray(4 * (last + index), 4 * (last + index) + 4));
  });
}

/** Indices of the bodies that move and are drawn in all clips. */
function inAll(clips: readonly TrueClip[]): number[] {
  const each = clips.map(({ scene, start }) => new Set(trackedBodies(scene, start)));
  return [...each[0]].filter((index) => each.every((set) => set.has(index)));
}

function velocityOf(motion: Float32Array | undefined, row: number): number[] {
  const [from, to] = MOTION.velocity;
  return motion ? [...motion.subarray(row * MOTION_SIZE + from, row * MOTION_SIZE + to)] : [];
}

/** The rotation matrix of a unit quaternion x y z w, row by row: it has no sign that could be either. */
function matrixOf([x, y, z, w]: ArrayLike<number> & Iterable<number>): number[] {
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    ...[2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    ...[2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}

/** Whether any number differs between the rows by more than rounding. */
function differs(rows: readonly (readonly number[])[]): boolean {
  return rows[0].some((first, k) =>
    rows.some((row) => Math.abs(row[k] - first) > 1e-6 * (1 + Math.abs(first))),
  );
}

/** That of the candidates whose probe of the first four fifths is best on the last. */
function choosePenalty(kernel: Kernel, known: readonly (readonly number[])[], features: number): number {
  const cut = Math.max(1, Math.floor(0.8 * known.length));
  if (cut === known.length) return PENALTIES[0];
  const losses = PENALTIES.map((penalty) => {
    const fitted = ridge(kernel, known.slice(0, cut), penalty * features);
    return errors(fitted, kernel.gram.slice(cut), known.slice(cut)).residual.reduce((a, b) => a + b, 0);
  });
  return PENALTIES[losses.indexOf(Math.min(...losses))];
}

/** Squared errors of each row, of what is told from its nearness to the samples and of the mean over all rows. */
function errors(
  fitted: Ridge,
  nearness: Rows,
  wanted: readonly (readonly number[])[],
): Pick<Probe, 'residual' | 'total'> {
  const means = wanted[0].map((_, k) => wanted.reduce((sum, row) => sum + row[k], 0) / wanted.length);
  const squares = (row: readonly number[], from: ArrayLike<number>) =>
    row.reduce((sum, value, k) => sum + (value - from[k]) ** 2, 0);
  const predicted = fitted.predict(nearness);
  return {
    residual: Float64Array.from(wanted, (row, i) => squares(row, predicted[i])),
    total: Float64Array.from(wanted, (row) => squares(row, means)),
  };
}
