/** PhyWorld's collision: two balls meet head-on. See phyworld.ts. */
import { foldIn, split, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Scene } from '../scene.ts';
import { pairMaterial } from './material.ts';
import { disc, discMass, phyWorldFactors, phyWorldView, WORLD } from './phyworld.ts';

/** Frames of a clip, and those before and after the impact in which both centres are in view. */
const FRAMES = 32;
const CLEAR_FRAMES = 8;
const TRIES = 2000;

export const collisionConfigSchema = z.strictObject({
  /** m */
  radius: rangeSchema(0.5, 1.5, 0.01),
  /** Speed of each ball at the start, towards the other, m/s. */
  speed: rangeSchema(1, 4, 0),
  /** Restitution of the impact. */
  restitution: z.number().min(0).max(1).default(1),
  ...timing(0.1, 1),
  shifts: z.strictObject({ radius: rangeSchema(1.7, 2, 0.01), speed: rangeSchema(4.5, 6, 0) }).prefault({}),
});
export type CollisionConfig = z.infer<typeof collisionConfigSchema>;

/**
 * Both centres are in view for at least 8 frames before and after the impact; draws that the picture is too small for
 * are drawn anew, as PhyWorld leaves them out, so that fast pairs of large balls are rarer than others. What rebounds
 * fast leaves later on.
 */
export const collision: SceneDefinition<CollisionConfig> = {
  name: 'collision',
  description: 'PhyWorld: two balls of different size meet head-on, without gravity',
  config: collisionConfigSchema,
  factors: phyWorldFactors,
  sample: sampleCollision,
};

/** @throws where no impact of such balls fits into the picture */
function sampleCollision(key: Key, config: CollisionConfig): Scene {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const [r1, r2, v1, v2, timeKey, placeKey] = split(foldIn(key, attempt), 6) as Key[];
    const radii = [drawFrom(r1!, config.radius), drawFrom(r2!, config.radius)] as const;
    const speeds = [drawFrom(v1!, config.speed), -drawFrom(v2!, config.speed)] as const;
    const start = startPositions(timeKey!, placeKey!, radii, speeds, config);
    if (start) return build(key, config, radii, speeds, start);
  }
  throw new Error(
    `scene "collision": no impact of balls with radii from ${config.radius[0]} m and speeds from ${config.speed[0]} m/s ` +
      `stays ${2 * CLEAR_FRAMES} frames of ${config.dt} s in a picture of ${WORLD} m; lower "radius", "speed" or "dt"`,
  );
}

type Pair = readonly [number, number];

/** Where the centres start, or undefined where the impact would come too early or its outcome would leave at once. */
function startPositions(
  timeKey: Key,
  placeKey: Key,
  radii: Pair,
  speeds: Pair,
  { dt, restitution }: CollisionConfig,
): Pair | undefined {
  const clear = CLEAR_FRAMES * dt;
  const reach = radii[0] + radii[1];
  const closing = speeds[0] - speeds[1];
  const latest = Math.min((FRAMES - CLEAR_FRAMES) * dt, (WORLD - reach) / closing);
  if (!(latest > clear)) return undefined;
  const time = uniformScalar(timeKey, clear, latest);
  const after = rebound(radii, speeds, restitution);
  // The range of the touching point in which each centre is in view at the start and `clear` after the impact.
  let [low, high] = [0, WORLD];
  for (const i of [0, 1] as const) {
    const side = i === 0 ? -radii[0] : radii[1];
    for (const offset of [side - speeds[i] * time, side + after[i] * clear]) {
      low = Math.max(low, -offset);
      high = Math.min(high, WORLD - offset);
    }
  }
  if (low > high) return undefined;
  const touch = low === high ? low : uniformScalar(placeKey, low, high);
  return [touch - radii[0] - speeds[0] * time, touch + radii[1] - speeds[1] * time];
}

/** Velocities after a central impact: momentum is kept, and the balls part at `restitution` times their approach. */
function rebound(radii: Pair, [u1, u2]: Pair, restitution: number): Pair {
  const [m1, m2] = radii.map(discMass) as [number, number];
  const mean = (m1 * u1 + m2 * u2) / (m1 + m2);
  const parting = (restitution * (u1 - u2)) / (m1 + m2);
  return [mean - m2 * parting, mean + m1 * parting];
}

function build(key: Key, config: CollisionConfig, radii: Pair, speeds: Pair, start: Pair): Scene {
  const widest = Math.max(...radii);
  const z = uniformScalar(foldIn(key, TRIES), widest + 0.5, WORLD - 0.5 - widest);
  const material = pairMaterial(config.restitution, 0);
  const bodies = ([0, 1] as const).map((i) => ({
    ...disc(i * 2, radii[i], [start[i], z], speeds[i]),
    material,
  }));
  return parseScene({
    name: 'collision',
    bodies,
    gravity: [0, 0, 0],
    ...phyWorldView,
    dt: config.dt,
    substeps: config.substeps,
    factors: Object.fromEntries(
      bodies.flatMap(({ name }, i) => [
        [`${name}_radius`, radii[i as 0 | 1]],
        [`${name}_speed`, Math.abs(speeds[i as 0 | 1])],
      ]),
    ),
  });
}
