/**
 * Which scenes there are: grids of radii and speeds, put into NumPy's order and placed by NumPy's draws, as the authors'
 * one_ball_uniform_motion.py, one_ball_parabola.py and two_balls_collision.py do it with seed 42.
 */
import { RandomState } from '@orrery/random';
import { collide, thrown, uniformMotion, WORLD } from './worlds.ts';

export type Motion = 'uniform' | 'parabola' | 'collision';
export const motions: readonly Motion[] = ['uniform', 'parabola', 'collision'];

export interface Scene {
  /** m */
  readonly radii: readonly number[];
  /** m/s; of a collision's right ball to the left */
  readonly speeds: readonly number[];
  /** [32, balls, 2] m */
  readonly positions: Float64Array;
}

const SEED = 42;
/** Scenes of a file, each of which starts the draws anew. */
const FILE = 1000;
const EDGE = 0.05 * WORLD;
/** Seconds that a ball stays in sight, of 24 frames; and before a collision, of 8 frames of the 32. */
const IN_SIGHT = 24 * 0.1;
const BEFORE = 8 * 0.1;
const UNTIL = (32 - 8) * 0.1;

type Range = readonly [low: number, high: number];

export interface Ranges {
  /** m */
  readonly radius: Range;
  /** m/s */
  readonly speed: Range;
}

/** Of the training scenes. */
export const inside: Readonly<Record<Motion, Ranges>> = {
  uniform: { radius: [0.7, 1.4], speed: [1, 4] },
  parabola: { radius: [0.7, 1.4], speed: [1, 4] },
  collision: { radius: [0.5, 1.5], speed: [1, 4] },
};

/** Scenes to learn from: about 30,000. */
export function trainingScenes(motion: Motion): Scene[] {
  const random = new RandomState(SEED);
  const { radius, speed }: Ranges = inside[motion];
  if (motion === 'collision') {
    const [r, v] = [evenly(radius, 8), evenly(speed, 21)];
    return placed(motion, shuffled(random, [r, r, v, v]));
  }
  if (motion === 'uniform')
    return placed(motion, shuffled(random, [evenly(radius, 100), evenly(speed, 300)]));
  const drawn = ([low, high]: Range, count: number) => random.uniform(low, high, count).sort();
  const speeds = drawn(speed, 300);
  return placed(motion, shuffled(random, [drawn(radius, 100), speeds]));
}

type Axes = readonly ArrayLike<number>[];

/** Scenes to test on, in and out of the distribution: the authors' vis_data. */
export function testScenes(motion: Motion): Scene[] {
  const random = new RandomState(SEED);
  const grids = motion === 'collision' ? collisionGrids(inside[motion]) : ballGrids(motion, inside[motion]);
  return placed(
    motion,
    grids.flatMap((axes) => shuffled(random, axes)),
  );
}

function ballGrids(motion: Motion, { radius, speed }: Ranges): Axes[] {
  const [slow, fast] = [evenly([0, 0.8], 16), evenly([4.5, 6], 16)];
  const [small, large] = [evenly([0.3, 0.6], 8), evenly([1.5, 2], 8)];
  const counts =
    motion === 'uniform'
      ? { known: [30, 100], few: [8, 8], more: [10, 16] }
      : { known: [10, 16], few: [4, 4], more: [10, 16] };
  const within = ([r, v]: readonly number[]) => ({ r: evenly(radius, r), v: evenly(speed, v) });
  const [known, few, more] = [within(counts.known), within(counts.few), within(counts.more)];
  return [
    [known.r, known.v],
    ...[
      [small, few.v],
      [few.r, slow],
      [small, slow],
    ],
    ...[
      [large, more.v],
      [more.r, fast],
      [large, fast],
    ],
    ...[
      [small, fast],
      [large, slow],
    ],
  ];
}

function collisionGrids({ radius, speed }: Ranges): Axes[] {
  const [slow, fast] = [evenly([0, 0.8], 4), evenly([4.5, 6], 4)];
  const [small, large] = [evenly([0.3, 0.4], 3), evenly([1.7, 2], 4)];
  const [r4, v4] = [evenly(radius, 4), evenly(speed, 4)];
  const [r, v] = [evenly(radius, 3), evenly(speed, 3)];
  const levels = (odd: ArrayLike<number>, pace: ArrayLike<number>): Axes[] => [
    ...[
      [odd, r, v, v],
      [r, r, pace, v],
      [odd, odd, v, v],
    ],
    ...[
      [r, r, pace, pace],
      [odd, r, pace, v],
      [odd, odd, pace, pace],
    ],
  ];
  return [
    [r4, r4, v4, v4],
    ...levels(small, slow),
    ...levels(large, fast),
    ...[
      [small, large, v, v],
      [r, r, slow, fast],
      [small, large, slow, fast],
      [large, small, slow, fast],
    ],
  ];
}

/** numpy.linspace */
export function evenly([first, last]: Range, count: number): Float64Array {
  const step = (last - first) / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? last : first + i * step));
}

/** All combinations, the last axis fastest, in NumPy's order. */
function shuffled(random: RandomState, axes: Axes): number[][] {
  const all = axes.reduce<number[][]>(
    (rows, axis) => rows.flatMap((row) => Array.from(axis, (value) => [...row, value])),
    [[]],
  );
  random.shuffle(all);
  return all;
}

function placed(motion: Motion, combinations: readonly number[][]): Scene[] {
  let random = new RandomState(SEED);
  return combinations.flatMap((values, i) => {
    if (i % FILE === 0) random = new RandomState(SEED);
    const scene = motion === 'collision' ? headOn(random, values) : oneBall(random, motion, values);
    return scene ? [scene] : [];
  });
}

const between = (random: RandomState, low: number, high: number) => random.rand() * (high - low) + low;

function oneBall(random: RandomState, motion: Motion, [radius, speed]: readonly number[]): Scene {
  let furthest = WORLD - (IN_SIGHT * speed + radius);
  if (furthest < radius) furthest = radius + between(random, 0, 0.5);
  const x = between(random, radius, furthest);
  const top = WORLD - EDGE - radius;
  const height = between(random, motion === 'parabola' ? top - 1 : radius + EDGE, top);
  const path = motion === 'parabola' ? thrown : uniformMotion;
  return { radii: [radius], speeds: [speed], positions: path(x, height, speed) };
}

/** @returns nothing where ten placings failed, as the authors leave such a scene out */
function headOn(random: RandomState, [r1, r2, v1, v2]: readonly number[]): Scene | undefined {
  const reach = r1 + r2;
  const nearest = BEFORE * (v1 + v2) + reach;
  let furthest = UNTIL * (v1 + v2) + reach;
  let [x1, x2, failures] = [0, 0, 0];
  for (; failures < 50; failures++) {
    let left = r1;
    let right: number;
    let distance: number;
    // The first distance is thrown away where r1 is the larger: the authors' second "if" is no "else if".
    if (r1 > 2 * r2) {
      furthest = Math.min(nearest * 1.25, WORLD - reach);
      between(random, nearest, furthest);
    }
    if (r2 > 2 * r1) {
      furthest = Math.min(nearest * 1.25, WORLD - reach);
      distance = between(random, nearest, furthest);
      right = WORLD - r2 - distance;
      left = right - EDGE;
    } else {
      furthest = Math.min(furthest, WORLD - reach);
      distance = between(random, nearest, furthest);
      right = WORLD - r2 - distance;
    }
    x1 = Math.max(between(random, left, right), r1);
    x2 = Math.min(x1 + distance, WORLD - r2);
    const frames = v1 + v2 > 0 ? (x2 - x1 - reach) / (v1 + v2) / 0.1 : Infinity;
    if (frames >= 8) break;
  }
  const large = Math.max(r1, r2);
  const height = between(random, large + EDGE, WORLD - EDGE - large);
  if (failures >= 10) return undefined;
  const radii = [r1, r2] as const;
  const speeds = [v1, v2] as const;
  return { radii, speeds, positions: collide({ radii, speeds, x: [x1, x2], height }) };
}
