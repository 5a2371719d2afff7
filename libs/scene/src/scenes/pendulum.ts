/** A bob on a rod that swings in the plane of the picture. */
import { foldIn, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Scene } from '../scene.ts';
import { hangingView, pivotMark, rodAndBob } from './hanging.ts';

export const pendulumConfigSchema = z.strictObject({
  /** From the pivot to the bob's centre, m. */
  length: rangeSchema(0.8, 1.3, 0.3, 1.5),
  /** Angle from the vertical at the start, where it rests, to either side, rad. */
  angle: rangeSchema(0.3, 1.3, 0, 3.1),
  /** m/s², downwards */
  gravity: rangeSchema(9.81, 9.81, 0),
  /** Mass of the bob, kg; the rod has 0.1 kg. It matters through the rod only. */
  mass: rangeSchema(0.5, 1.5, 0.01),
  ...timing(1 / 20, 16),
  shifts: z
    .strictObject({
      length: rangeSchema(0.45, 0.65, 0.3, 1.5),
      angle: rangeSchema(1.6, 2.6, 0, 3.1),
      gravity: rangeSchema(3, 6, 0),
      mass: rangeSchema(2.5, 4, 0.01),
    })
    .prefault({}),
});
export type PendulumConfig = z.infer<typeof pendulumConfigSchema>;

/** No friction: it swings on, in view, for as long as one watches. The bob hangs on a bearing and does not turn. */
export const pendulum: SceneDefinition<PendulumConfig> = {
  name: 'pendulum',
  description: 'A bob on a rod swings without friction',
  config: pendulumConfigSchema,
  factors: {
    length: { unit: 'm', description: 'length of the pendulum' },
    angle: { unit: 'rad', description: 'angle from the vertical at the start' },
    gravity: { unit: 'm/s²', description: 'gravity, downwards' },
    mass: { unit: 'kg', description: 'mass of the bob' },
  },
  sample: samplePendulum,
};

function samplePendulum(key: Key, config: PendulumConfig): Scene {
  const length = drawFrom(foldIn(key, 0), config.length);
  const angle = drawFrom(foldIn(key, 1), config.angle);
  const gravity = drawFrom(foldIn(key, 2), config.gravity);
  const mass = drawFrom(foldIn(key, 3), config.mass);
  const side = uniformScalar(foldIn(key, 4)) < 0.5 ? 1 : -1;
  const arm = rodAndBob({ index: 0, from: undefined, length, angle: side * angle, mass });
  return parseScene({
    name: 'pendulum',
    bodies: [...arm.bodies, pivotMark],
    joints: arm.joints,
    gravity: [0, 0, -gravity],
    ...hangingView(3.2),
    dt: config.dt,
    substeps: config.substeps,
    factors: { length, angle, gravity, mass, side },
  });
}
