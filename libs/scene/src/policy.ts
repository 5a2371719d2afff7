/** Who acts in a scene with actuators. */
import type { Key } from '@orrery/random';
import type { Scene } from './scene.ts';

/** Where N bodies are and how they move, in the order of `scene.bodies`; row-major. */
export interface BodyStates {
  /** [N, 3] m */
  readonly position: Float64Array;
  /** [N, 4] x, y, z, w */
  readonly quaternion: Float64Array;
  /** [N, 3] m/s */
  readonly velocity: Float64Array;
  /** [N, 3] rad/s */
  readonly angularVelocity: Float64Array;
}

/**
 * Chooses the action that holds from `frame` to the next.
 * @returns [A] one number in [-1, 1] for each actuator of the scene
 */
export type Controller = (state: BodyStates, frame: number) => readonly number[];

/** What acts in one episode; the same scene and key give the same actions. */
export type Policy = (scene: Scene, key: Key) => Controller;
