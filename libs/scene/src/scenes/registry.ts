/** The scenes that can be named on a command line or in a dataset's spec. */
import type { SceneDefinition } from '../definition.ts';
import { arm } from './arm.ts';
import { billiards } from './billiards.ts';
import { bounce } from './bounce.ts';
import { collision } from './collision.ts';
import { conveyor } from './conveyor.ts';
import { dominoes } from './dominoes.ts';
import { doublePendulum } from './double-pendulum.ts';
import { game } from './game.ts';
import { nbody } from './nbody.ts';
import { occluder } from './occluder.ts';
import { parabola } from './parabola.ts';
import { pendulum } from './pendulum.ts';
import { push } from './push.ts';
import { ramp } from './ramp.ts';
import { stack } from './stack.ts';
import { uniformMotion } from './uniform.ts';
import { vehicle } from './vehicle.ts';

export const scenes: Readonly<Record<string, SceneDefinition>> = {
  uniform: uniformMotion,
  parabola,
  collision,
  bounce,
  billiards,
  stack,
  dominoes,
  ramp,
  pendulum,
  'double-pendulum': doublePendulum,
  nbody,
  occluder,
  push,
  arm,
  vehicle,
  conveyor,
  game,
};

/** @throws where there is no such scene, with the known names */
export function sceneDefinition(name: string): SceneDefinition {
  if (Object.hasOwn(scenes, name)) return scenes[name]!;
  throw new Error(
    `scene "${name}": there is no such scene; choose one of: ${Object.keys(scenes).join(', ')}`,
  );
}
