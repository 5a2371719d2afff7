/**
 * The motions of PhyWorld (Kang et al., 2025): balls in a square of 10 m without walls, in steps of 0.01 s, stored every tenth
 * step from the first on. The authors simulate with Box2D; these are its equations in double precision.
 */

export const WORLD = 10;
export const FRAMES = 32;
/** Seconds between stored frames. */
export const INTERVAL = 0.1;
const STEP = 0.01;
const STRIDE = 10;
const GRAVITY = 2.5;
/** Box2D gives back no speed to bodies that meet slower than this, m/s (b2_velocityThreshold). */
const RESTITUTION_THRESHOLD = 1;
/** Overlap that Box2D leaves, m (b2_linearSlop), what it takes off a round, and its rounds a step. */
const SLOP = 0.005;
const CORRECTION = 0.2;
const ROUNDS = 20;

/** Steps that a stored frame lies behind the start. */
const stepsOf = (frame: number) => 1 + STRIDE * frame;

/** A ball's path, [32, 1, 2] in m: it goes on as it goes. */
export function uniformMotion(x: number, height: number, speed: number): Float64Array {
  return paths((frame) => [x + speed * STEP * stepsOf(frame), height]);
}

/** Thrown flat, [32, 1, 2] in m: Box2D moves bodies by their velocity after each step's pull. */
export function thrown(x: number, height: number, speed: number): Float64Array {
  return paths((frame) => {
    const n = stepsOf(frame);
    return [x + speed * STEP * n, height - (GRAVITY * STEP * STEP * n * (n + 1)) / 2];
  });
}

function paths(at: (frame: number) => readonly number[]): Float64Array {
  return Float64Array.from(Array.from({ length: FRAMES }, (_, frame) => at(frame)).flat());
}

export interface HeadOn {
  /** Of the left ball and of the right one, m; masses are their squares. */
  readonly radii: readonly [number, number];
  /** Of the left ball to the right and of the right one to the left, m/s. */
  readonly speeds: readonly [number, number];
  readonly x: readonly [number, number];
  readonly height: number;
}

/** Two balls that meet on a line, [32, 2, 2] in m: elastic, or without any bounce below 1 m/s. */
export function collide({ radii, speeds, x: [x1, x2], height }: HeadOn): Float64Array {
  const [m1, m2] = radii.map((r) => r * r);
  const reach = radii[0] + radii[1];
  let [v1, v2] = [speeds[0], -speeds[1]];
  const path = new Float64Array(FRAMES * 4);
  for (let step = 0; step < FRAMES * STRIDE; step++) {
    const approach = v1 - v2;
    if (x2 - x1 <= reach && approach > 0) {
      const impulse = ((approach > RESTITUTION_THRESHOLD ? 2 : 1) * approach) / (1 / m1 + 1 / m2);
      v1 -= impulse / m1;
      v2 += impulse / m2;
    }
    const touched = x2 - x1 <= reach;
    x1 += STEP * v1;
    x2 += STEP * v2;
    for (let round = 0; touched && round < ROUNDS; round++) {
      const separation = x2 - x1 - reach;
      const push = Math.max(0, Math.min(0.2, -CORRECTION * (separation + SLOP))) / (1 / m1 + 1 / m2);
      x1 -= push / m1;
      x2 += push / m2;
      if (separation >= -3 * SLOP) break;
    }
    if (step % STRIDE === 0) path.set([x1, height, x2, height], (step / STRIDE) * 4);
  }
  return path;
}
