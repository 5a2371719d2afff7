/** The scenes that can be named on a command line or in a dataset's spec. */
import { bounce } from './bounce.ts';
import type { SceneDefinition } from '../definition.ts';

export const scenes: Readonly<Record<string, SceneDefinition>> = { bounce };

/** @throws where there is no such scene, with the known names */
export function sceneDefinition(name: string): SceneDefinition {
  if (Object.hasOwn(scenes, name)) return scenes[name]!;
  throw new Error(
    `scene "${name}": there is no such scene; choose one of: ${Object.keys(scenes).join(', ')}`,
  );
}
