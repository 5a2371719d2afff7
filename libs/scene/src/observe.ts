/** How a policy reads a state: bodies by name, vectors by body. */
import type { BodyStates } from './policy.ts';
import type { Quaternion, Vec3 } from './quantities.ts';
import type { Scene } from './scene.ts';

/** Index of the body with this name. @throws where the scene has none */
export function bodyIndex(scene: Scene, name: string): number {
  const index = scene.bodies.findIndex((body) => body.name === name);
  if (index < 0) throw new Error(`scene "${scene.name}": no body "${name}"; name one of the scene's bodies`);
  return index;
}

const vectorAt = (values: Float64Array, body: number): Vec3 => [
  values[3 * body]!,
  values[3 * body + 1]!,
  values[3 * body + 2]!,
];
/** Of one body, m, m/s and rad/s. */
export const positionAt = (state: BodyStates, body: number) => vectorAt(state.position, body);
export const velocityAt = (state: BodyStates, body: number) => vectorAt(state.velocity, body);
export const spinAt = (state: BodyStates, body: number) => vectorAt(state.angularVelocity, body);
export const quaternionAt = ({ quaternion }: BodyStates, body: number): Quaternion => [
  quaternion[4 * body]!,
  quaternion[4 * body + 1]!,
  quaternion[4 * body + 2]!,
  quaternion[4 * body + 3]!,
];

/** The nearest value that an action may have. */
export const toAction = (value: number): number => Math.min(Math.max(value, -1), 1);
