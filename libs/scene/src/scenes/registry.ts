/** The scenes that can be named on a command line or in a dataset's spec. */
import type { SceneDefinition } from '../definition.ts';
import { bounce } from './bounce.ts';
import { collision } from './collision.ts';
import { parabola } from './parabola.ts';
import { uniformMotion } from './uniform.ts';

export const scenes: Readonly<Record<string, SceneDefinition>> = {
  uniform: uniformMotion,
  parabola,
  collision,
  bounce,
};

/** @throws where there is no such scene, with the known names */
export function sceneDefinition(name: string): SceneDefinition {
  if (Object.hasOwn(scenes, name)) return scenes[name]!;
  throw new Error(
    `scene "${name}": there is no such scene; choose one of: ${Object.keys(scenes).join(', ')}`,
  );
}
