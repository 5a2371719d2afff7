/** Two bobs on two rods, the second hung from the first: chaotic where it swings high. */
import { foldIn, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Scene } from '../scene.ts';
import { hangingView, pivotMark, rodAndBob } from './hanging.ts';

export const doublePendulumConfigSchema = z.strictObject({
  /** Length of each rod, m. */
  length: rangeSchema(0.5, 0.7, 0.3, 0.75),
  /** Angle of each rod from the vertical at the start, where both rest, to either side, rad. */
  angle: rangeSchema(0.8, 1.8, 0, 3.1),
  /** Mass of each bob, kg; each rod has 0.1 kg. */
  mass: rangeSchema(0.5, 1.5, 0.01),
  /** m/s², downwards */
  gravity: rangeSchema(9.81, 9.81, 0),
  ...timing(1 / 20, 32),
  shifts: z
    .strictObject({
      length: rangeSchema(0.35, 0.45, 0.3, 0.75),
      angle: rangeSchema(2, 2.8, 0, 3.1),
      mass: rangeSchema(2.5, 4, 0.01),
      gravity: rangeSchema(3, 6, 0),
    })
    .prefault({}),
});
export type DoublePendulumConfig = z.infer<typeof doublePendulumConfigSchema>;

/** No friction: it swings on, in view, for as long as one watches. The bobs hang on bearings and do not turn. */
export const doublePendulum: SceneDefinition<DoublePendulumConfig> = {
  name: 'double-pendulum',
  description: 'Two bobs on two rods, the second hung from the first, swing without friction',
  config: doublePendulumConfigSchema,
  factors: {
    length: { unit: 'm', description: 'length of each rod' },
    angle: { unit: 'rad', description: 'angle of each rod from the vertical at the start' },
    mass: { unit: 'kg', description: 'mass of each bob' },
    gravity: { unit: 'm/s²', description: 'gravity, downwards' },
  },
  sample: sampleDoublePendulum,
};

function sampleDoublePendulum(key: Key, config: DoublePendulumConfig): Scene {
  const gravity = drawFrom(foldIn(key, 0), config.gravity);
  const drawn = [1, 2].map((arm) => {
    const armKey = foldIn(key, arm);
    return {
      length: drawFrom(foldIn(armKey, 0), config.length),
      angle: drawFrom(foldIn(armKey, 1), config.angle),
      mass: drawFrom(foldIn(armKey, 2), config.mass),
      side: uniformScalar(foldIn(armKey, 3)) < 0.5 ? 1 : -1,
    };
  });
  const [upper, lower] = drawn as [(typeof drawn)[number], (typeof drawn)[number]];
  const first = rodAndBob({ ...upper, index: 0, from: undefined, angle: upper.side * upper.angle });
  const second = rodAndBob({ ...lower, index: 1, from: first, angle: lower.side * lower.angle });
  return parseScene({
    name: 'double-pendulum',
    bodies: [...first.bodies, ...second.bodies, pivotMark],
    joints: [...first.joints, ...second.joints],
    gravity: [0, 0, -gravity],
    ...hangingView(3.4),
    dt: config.dt,
    substeps: config.substeps,
    factors: {
      gravity,
      ...Object.fromEntries(
        drawn.flatMap(({ length, angle, mass }, i) =>
          Object.entries({ length, angle, mass }).map(([name, value]) => [
            `${i === 0 ? 'upper' : 'lower'}_${name}`,
            value,
          ]),
        ),
      ),
    },
  });
}
