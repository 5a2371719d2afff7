/** The authors' evaluate.py: positions of balls, predicted or found in frames, beside the true ones. */
import { FRAMES, INTERVAL, WORLD } from './worlds.ts';
import type { Ranges, Scene } from './scenes.ts';

/** Frames that every model is shown. */
export const CONTEXT = 3;
/** The last stored frame is not judged: the authors' models give 31. */
const JUDGED = FRAMES - 1;
const PIXELS = 256;

/** Frames after the context in which all balls are wholly inside. */
export function judgedFrames({ radii, positions }: Scene): number[] {
  const balls = radii.length;
  const at = (frame: number, ball: number, axis: number) => positions[(frame * balls + ball) * 2 + axis];
  const seen = (frame: number) =>
    balls === 1
      ? [0, 1].every((axis) => at(frame, 0, axis) >= radii[0] && at(frame, 0, axis) + radii[0] <= WORLD)
      : at(frame, 0, 0) >= radii[0] && at(frame, 1, 0) + radii[1] <= WORLD;
  return Array.from({ length: JUDGED - CONTEXT }, (_, i) => CONTEXT + i).filter(seen);
}

/**
 * Of one ball |mean of its horizontal velocity - its speed|; of two the mean error of their horizontal velocities after
 * the frame interval in which they meet.
 * @param predicted [32, balls, 2] m
 * @returns m/s, NaN where too few frames can be judged
 */
export function velocityError(scene: Scene, predicted: Float64Array): number {
  const frames = judgedFrames(scene);
  const balls = scene.radii.length;
  const velocities = (positions: Float64Array) =>
    frames
      .slice(1)
      .map((frame, i) =>
        scene.radii.map(
          (_, ball) =>
            (positions[(frame * balls + ball) * 2] - positions[(frames[i] * balls + ball) * 2]) / INTERVAL,
        ),
      );
  const found = velocities(predicted);
  if (balls === 1) {
    if (found.length === 0) return NaN;
    return Math.abs(found.reduce((sum, [v]) => sum + v, 0) / found.length - scene.speeds[0]);
  }
  const truth = velocities(scene.positions);
  const jumps = (i: number) => truth[i].some((v, ball) => Math.abs(v - truth[i - 1][ball]) > 0.1);
  const meeting = truth.findIndex((_, i) => i > 0 && jumps(i));
  const after = (meeting < 0 ? truth.length - 1 : meeting) + 1;
  const errors = truth
    .slice(after)
    .flatMap((row, i) => row.map((v, ball) => Math.abs(found[after + i][ball] - v)));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

/**
 * Where a parser of the true frames finds the balls: frames of 256 pixels with a soft edge, red on white and blue over
 * red; the middle of the pixels that are more red (blue) than not. A pixel stands at i / 255 of the world and is read as
 * i / 256 of it, so that even the truth has an error. Without the compression of the authors' videos.
 */
export function parsed({ radii, positions }: Scene): Float64Array {
  const balls = radii.length;
  const found = new Float64Array(positions.length);
  for (let frame = 0; frame < FRAMES; frame++) {
    const ball = (index: number) => {
      const at = (frame * balls + index) * 2;
      return { x: positions[at], y: positions[at + 1], square: radii[index] * radii[index] };
    };
    for (let index = 0; index < balls; index++) {
      const cover = index + 1 < balls ? ball(index + 1) : undefined;
      found.set(middle(ball(index), cover), (frame * balls + index) * 2);
    }
  }
  return found;
}

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly square: number;
}

/** 255 (1 - mask) < 127, for a mask that falls from 1 to 0 over the outer 3 % of the squared radius. */
const EDGE = 0.03;
const covers = (disc: Disc, x: number, y: number, least: number) =>
  disc.square - (x - disc.x) * (x - disc.x) - (y - disc.y) * (y - disc.y) > least * EDGE * disc.square;

function middle(disc: Disc, cover: Disc | undefined): [number, number] {
  const scale = WORLD / (PIXELS - 1);
  const reach = Math.sqrt(disc.square);
  const range = (center: number) => [
    Math.max(0, Math.ceil((center - reach) / scale)),
    Math.min(PIXELS - 1, Math.floor((center + reach) / scale)),
  ];
  const [[left, right], [low, high]] = [range(disc.x), range(disc.y)];
  let [count, columns, rows] = [0, 0, 0];
  for (let row = low; row <= high; row++) {
    for (let column = left; column <= right; column++) {
      const [x, y] = [column * scale, row * scale];
      if (!covers(disc, x, y, 128 / 255) || (cover && covers(cover, x, y, 127 / 255))) continue;
      count++;
      columns += column;
      rows += row;
    }
  }
  return [(columns / count / PIXELS) * WORLD, (rows / count / PIXELS) * WORLD];
}

export type Place = 'inside' | 'radius' | 'speed' | 'both';

/** Whether a scene's radii and speeds are those of the training scenes, which is out if not. */
export function placeOf({ radii, speeds }: Scene, { radius, speed }: Ranges): Place {
  const within = (values: readonly number[], [low, high]: readonly [number, number]) =>
    values.every((value) => value >= low && value <= high);
  if (within(radii, radius)) return within(speeds, speed) ? 'inside' : 'speed';
  return within(speeds, speed) ? 'radius' : 'both';
}
