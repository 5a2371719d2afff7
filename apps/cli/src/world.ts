import type { DatasetSpec } from '@orrery/dataset';
import { unitStatistics, type Family, type World } from '@orrery/models';
import { key } from '@orrery/random';
import { sceneDefinition } from '@orrery/scene';

/**
 * What a model must know of a dataset, from its spec: nothing is generated. Statistics of states, which only data tell,
 * are those of numbers that are normalised already.
 */
export function worldOf(
  { scene: name, sceneConfig, height, width }: DatasetSpec,
  { sees }: Pick<Family, 'sees'>,
): World {
  const definition = sceneDefinition(name);
  const { bodies, actuators, dt } = definition.sample(key(0), definition.config.parse(sceneConfig));
  const actions = actuators.length;
  if (sees === 'frames') return { sees, height, width, channels: 3, actions };
  const moving = bodies.flatMap(({ mass }, index) => (mass > 0 ? [index] : []));
  return { sees, bodies: bodies.length, moving, dt, actions, statistics: unitStatistics };
}
