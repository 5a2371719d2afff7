/** PhyWorld's parabola: a ball thrown to the right falls through the picture. See phyworld.ts. */
import { foldIn, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Scene } from '../scene.ts';
import { pairMaterial } from './material.ts';
import { disc, flightSettings, flightShifts, phyWorldFactors, phyWorldView, WORLD } from './phyworld.ts';
import { startOfFlight } from './uniform.ts';

export const parabolaConfigSchema = z.strictObject({
  ...flightSettings,
  /** m/s², downwards */
  gravity: rangeSchema(2.5, 2.5, 0),
  shifts: z.strictObject({ ...flightShifts, gravity: rangeSchema(3.5, 5, 0) }).prefault({}),
});
export type ParabolaConfig = z.infer<typeof parabolaConfigSchema>;

/** The ball leaves through the lower border after 2 to 3 s (22 to 27 frames), as theirs does, or at the right before. */
export const parabola: SceneDefinition<ParabolaConfig> = {
  name: 'parabola',
  description: 'PhyWorld: a ball is thrown to the right and falls on a parabola',
  config: parabolaConfigSchema,
  factors: { ...phyWorldFactors, gravity: { unit: 'm/s²', description: 'gravity, downwards' } },
  sample: sampleParabola,
};

function sampleParabola(key: Key, config: ParabolaConfig): Scene {
  const radius = drawFrom(foldIn(key, 0), config.radius);
  const speed = drawFrom(foldIn(key, 1), config.speed);
  const gravity = drawFrom(foldIn(key, 2), config.gravity);
  const x = startOfFlight(foldIn(key, 3), radius, speed, config.dt);
  const z = uniformScalar(foldIn(key, 4), WORLD - 1.5 - radius, WORLD - 0.5 - radius);
  return parseScene({
    name: 'parabola',
    bodies: [{ ...disc(0, radius, [x, z], speed), material: pairMaterial(1, 0) }],
    gravity: [0, 0, -gravity],
    ...phyWorldView,
    dt: config.dt,
    substeps: config.substeps,
    factors: { red_radius: radius, red_speed: speed, gravity },
  });
}
