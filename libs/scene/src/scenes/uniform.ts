/** PhyWorld's uniform motion: a ball crosses the picture at constant speed. See phyworld.ts. */
import { foldIn, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Scene } from '../scene.ts';
import { pairMaterial } from './material.ts';
import {
  disc,
  FLIGHT_FRAMES,
  flightSettings,
  flightShifts,
  phyWorldFactors,
  phyWorldView,
  WORLD,
} from './phyworld.ts';

export const uniformConfigSchema = z.strictObject({
  ...flightSettings,
  shifts: z.strictObject(flightShifts).prefault({}),
});
export type UniformConfig = z.infer<typeof uniformConfigSchema>;

/** The ball is in view for 24 frames or, where it is too fast for the picture, starts at its left border and leaves. */
export const uniformMotion: SceneDefinition<UniformConfig> = {
  name: 'uniform',
  description: 'PhyWorld: a ball crosses the picture at constant speed, without gravity',
  config: uniformConfigSchema,
  factors: phyWorldFactors,
  sample: sampleUniform,
};

function sampleUniform(key: Key, config: UniformConfig): Scene {
  const radius = drawFrom(foldIn(key, 0), config.radius);
  const speed = drawFrom(foldIn(key, 1), config.speed);
  const x = startOfFlight(foldIn(key, 2), radius, speed, config.dt);
  const z = uniformScalar(foldIn(key, 3), radius + 0.5, WORLD - 0.5 - radius);
  return parseScene({
    name: 'uniform',
    bodies: [{ ...disc(0, radius, [x, z], speed), material: pairMaterial(1, 0) }],
    gravity: [0, 0, 0],
    ...phyWorldView,
    dt: config.dt,
    substeps: config.substeps,
    factors: { red_radius: radius, red_speed: speed },
  });
}

/** Where a flight to the right begins, m: so far left that it ends in view, or else at the left border. */
export function startOfFlight(key: Key, radius: number, speed: number, dt: number): number {
  const latest = WORLD - radius - FLIGHT_FRAMES * dt * speed;
  return latest <= radius ? radius : uniformScalar(key, radius, latest);
}
