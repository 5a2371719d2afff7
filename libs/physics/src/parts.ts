/** What the names in a scene stand for while it runs. */
import type * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import type { Drive } from './drive.ts';
import type { ForceSource } from './forces.ts';
import type { Joints } from './joints/joints.ts';
import type { CollisionPairs } from './pairs.ts';
import type { Wheel } from './wheels.ts';

export interface Parts {
  /** In the order of `scene.bodies`. */
  readonly bodies: readonly RigidBody[];
  /** Which bodies may collide. */
  readonly pairs: CollisionPairs;
  /** The world as a body: static, at the origin, touched by nothing. */
  readonly ground: RigidBody;
  /** The body with this name; `parseScene` has checked that there is one. */
  body(name: string): RigidBody;
  readonly joints: Joints;
  /** m/s²; interventions change it. */
  readonly gravity: cannon.Vec3;
  /** Seconds of a full physics step. */
  readonly step: number;
  /** What acts at a distance; actuators and wheels add theirs. */
  readonly sources: ForceSource[];
  /** What pushes towards a velocity; actuators add theirs. */
  readonly drives: Drive[];
  /** In the order of `scene.wheels`. */
  readonly wheels: readonly Wheel[];
}
