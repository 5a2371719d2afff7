/**
 * Forces besides the scene's gravity and those of contacts: fields, actuators, wheels.
 *
 * They are integrated by velocity Verlet: a step flies under the forces of its start, and its velocities end with the
 * mean of the forces of both ends. That keeps momentum exactly and energy to second order without drift (Hairer,
 * Lubich & Wanner, "Geometric Numerical Integration", I.1.4), also where an impact cuts the step.
 */
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';

export interface ForceSource {
  /** Adds what acts on bodies where they are now, and as they move now, by `addForce` and `addTorque`. */
  apply(): void;
  /** J, where the forces have a potential. */
  potential?(): number;
  /** J that the source did on the bodies in the step that ends now; only of forces without a potential. */
  work?(): number;
}

/** Adds a force (N) that acts at `point` of the world, or at the centre. */
export function addForce(body: RigidBody, force: cannon.Vec3, point?: cannon.Vec3): void {
  if (body.mass === 0) return;
  body.appliedForce.vadd(force, body.appliedForce);
  if (!point) return;
  point.vsub(body.position, arm);
  arm.cross(force, arm);
  body.appliedTorque.vadd(arm, body.appliedTorque);
}

/** Adds a torque (N m) about the centre. */
export function addTorque(body: RigidBody, torque: cannon.Vec3): void {
  if (body.mass > 0) body.appliedTorque.vadd(torque, body.appliedTorque);
}

const arm = new cannon.Vec3();

/** Sums up what the sources do to the bodies now. */
export function applyForces(sources: readonly ForceSource[], bodies: readonly RigidBody[]): void {
  for (const body of bodies) {
    body.appliedForce.setZero();
    body.appliedTorque.setZero();
  }
  for (const source of sources) source.apply();
}

/** Adds to the velocities what the applied forces give in `dt` s. */
export function kick(bodies: readonly RigidBody[], dt: number): void {
  for (const body of bodies) if (body.mass > 0) body.addImpulse(dt, body.appliedForce, body.appliedTorque);
}
