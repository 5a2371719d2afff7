import type { DatasetSpec } from '@orrery/dataset';
import type { World } from '@orrery/models';
import { key } from '@orrery/random';
import { sceneDefinition } from '@orrery/scene';

/** What a model must know of a dataset, from its spec: nothing is generated. */
export function worldOf({ scene: name, sceneConfig, height, width }: DatasetSpec): World {
  const definition = sceneDefinition(name);
  const scene = definition.sample(key(0), definition.config.parse(sceneConfig));
  return { height, width, channels: 3, actions: scene.actuators.length };
}
