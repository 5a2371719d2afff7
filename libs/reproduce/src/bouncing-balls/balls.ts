/**
 * The bouncing balls of Sutskever, Hinton and Taylor's recurrent temporal RBM (2008): three discs of the same mass in a box,
 * without gravity and without friction, drawn by NumPy's RandomState in the order of the authors' script.
 */
import type { RandomState } from '@orrery/random';

export const BALLS = 3;
/** Pixels of a side. */
export const SIDE = 30;
export const PIXELS = SIDE * SIDE;
/** Frames of a sequence, as Gan et al. (2015) have them. */
export const FRAMES = 100;

/** Of the box and of a ball, in the authors' unit of length. */
const [SIZE, RADIUS] = [10, 1.2];
/** Length of the vector of all six velocities, a frame. */
const SPEED = 0.5;
const SUBSTEPS = 2;
/** Numbers of a frame's centres. */
const WIDTH = BALLS * 2;

/** @returns the balls' centres in each frame, [frames, 3, 2]: x to the right, y down */
export function bounce(random: RandomState, frames = FRAMES): Float64Array {
  const { positions: x, velocities: v } = start(random);
  const path = new Float64Array(frames * WIDTH);
  for (let t = 0; t < frames; t++) {
    path.set(x, t * WIDTH);
    for (let substep = 0; substep < SUBSTEPS; substep++) {
      for (let k = 0; k < WIDTH; k++) x[k] += v[k] / SUBSTEPS;
      reflect(x, v);
      collide(x, v);
    }
  }
  return path;
}

function start(random: RandomState): { positions: Float64Array; velocities: Float64Array } {
  const drawn = random.randn(WIDTH);
  const length = Math.sqrt(drawn.reduce((sum, value) => sum + value * value, 0));
  const velocities = drawn.map((value) => (value / length) * SPEED);
  for (;;) {
    const positions = random.rand(WIDTH).map((value) => 2 + value * 8);
    const inside = positions.every((value) => value - RADIUS >= 0 && value + RADIUS <= SIZE);
    if (inside && !pairs.some(([i, j]) => distance(positions, i, j) < 2 * RADIUS))
      return { positions, velocities };
  }
}

/** A ball that reaches into a wall moves away from it; where it is, it stays. */
function reflect(x: Float64Array, v: Float64Array): void {
  for (let k = 0; k < WIDTH; k++) {
    if (x[k] - RADIUS < 0) v[k] = Math.abs(v[k]);
    if (x[k] + RADIUS > SIZE) v[k] = -Math.abs(v[k]);
  }
}

const pairs = [
  [1, 0],
  [2, 0],
  [2, 1],
] as const;

/** Balls that overlap exchange their velocities along the line of their centres, even where they part already. */
function collide(x: Float64Array, v: Float64Array): void {
  for (const [i, j] of pairs) {
    const apart = distance(x, i, j);
    if (apart >= 2 * RADIUS) continue;
    const [wx, wy] = [(x[2 * i] - x[2 * j]) / apart, (x[2 * i + 1] - x[2 * j + 1]) / apart];
    const along = (ball: number) => wx * v[2 * ball] + wy * v[2 * ball + 1];
    const change = along(j) - along(i);
    v[2 * i] += wx * change;
    v[2 * i + 1] += wy * change;
    v[2 * j] -= wx * change;
    v[2 * j + 1] -= wy * change;
  }
}

function distance(x: Float64Array, i: number, j: number): number {
  const [dx, dy] = [x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]];
  return Math.sqrt(dx * dx + dy * dy);
}

/** exp(-q^4) is below 1e-17 from here on: nothing beside what a double in [0, 1] can hold. */
const FAR = 2.5;
const REACH = RADIUS * Math.sqrt(FAR);

/**
 * Draws frames: min(1, sum over balls of exp(-(distance² / radius²)⁴)) at the middle of each pixel.
 * @param centres [T, 3, 2]
 * @param into [T, 30, 30] from `at` on; rows go down
 */
export function drawFrames(centres: Float64Array, into: Float32Array, at = 0): void {
  const frame = new Float64Array(PIXELS);
  for (let t = 0; t < centres.length / WIDTH; t++) {
    frame.fill(0);
    for (let k = t * WIDTH; k < (t + 1) * WIDTH; k += 2) addBall(frame, centres[k], centres[k + 1]);
    for (let i = 0; i < PIXELS; i++) into[at + t * PIXELS + i] = Math.min(1, frame[i]);
  }
}

function addBall(frame: Float64Array, x: number, y: number): void {
  const middle = (pixel: number) => ((pixel + 0.5) / SIDE) * SIZE;
  const first = (centre: number) => Math.max(0, Math.floor(((centre - REACH) / SIZE) * SIDE));
  const last = (centre: number) => Math.min(SIDE - 1, Math.ceil(((centre + REACH) / SIZE) * SIDE));
  for (let row = first(y); row <= last(y); row++) {
    for (let column = first(x); column <= last(x); column++) {
      const [dx, dy] = [middle(column) - x, middle(row) - y];
      const q = (dx * dx + dy * dy) / (RADIUS * RADIUS);
      if (q < FAR) frame[row * SIDE + column] += Math.exp(-q * q * q * q);
    }
  }
}
