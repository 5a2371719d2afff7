/** A scene that runs: one world of cannon-es with our bodies and our solver, stepped frame by frame. */
import type { Scene } from '@orrery/scene';
import * as cannon from 'cannon-es';
import { RigidBody } from './body.ts';
import { NearPairs } from './broadphase.ts';
import { ContactSolver } from './contact-solver.ts';
import { CollisionPairs } from './pairs.ts';
import type { Contact } from './trajectory.ts';

export interface Simulation {
  readonly scene: Scene;
  /** In the order of `scene.bodies`. */
  readonly bodies: readonly RigidBody[];
  /**
   * Goes on by one frame (`scene.dt`).
   * @param action [A] in [-1, 1], one for each of the scene's actuators; 0 unless given
   * @returns the contacts that acted in it
   */
  step(action?: ArrayLike<number>): Contact[];
  /** J: kinetic and potential energy of the moving bodies; potential energy is 0 at the origin. */
  energy(): number;
  /** J: what has been done to the bodies since the start from outside, by belts. */
  work(): number;
}

/** Impacts in one step before the rest of it goes on without looking for more (balls that come to rest, wedges). */
const IMPACTS = 20;
const IMPACTS_A_BODY = 10;

/** Two simulations share no state: each gives the same numbers whatever else runs. */
export function startSimulation(scene: Scene): Simulation {
  const step = scene.dt / scene.substeps;
  // Ids are counted globally and go into 16-bit keys: each world starts over.
  cannon.Body.idCounter = 0;
  cannon.Shape.idCounter = 0;
  const bodies = scene.bodies.map((body) => new RigidBody(body));
  const pairs = new CollisionPairs(bodies);
  excludeJointed(scene, bodies, pairs);
  const solver = new ContactSolver(step, pairs);
  const world = new cannon.World({
    gravity: new cannon.Vec3(...scene.gravity),
    allowSleep: false,
    broadphase: new NearPairs(pairs),
    solver,
  });
  // Friction is the solver's; with 0 here cannon-es makes no friction equations of its own.
  world.defaultContactMaterial.friction = 0;
  for (const body of bodies) world.addBody(body);
  const limit = IMPACTS + IMPACTS_A_BODY * bodies.length;

  function substep(): void {
    let left = step;
    for (let impacts = 0; left > 1e-12 * step; impacts++) {
      solver.sweeping = impacts < limit;
      world.step(left);
      left -= solver.advance;
    }
  }

  return {
    scene,
    bodies,
    step() {
      for (let i = 0; i < scene.substeps; i++) substep();
      return solver.ledger.takeFrame();
    },
    energy() {
      let sum = 0;
      for (const body of bodies)
        if (body.mass > 0)
          sum += body.kineticEnergy() - body.mass * world.gravity.vmul(body.linearFactor).dot(body.position);
      return sum;
    },
    work: () => solver.beltWork,
  };
}

/** Bodies that a joint holds together pass through each other, unless the joint says that they collide. */
function excludeJointed(scene: Scene, bodies: readonly RigidBody[], pairs: CollisionPairs): void {
  const named = (name: string | null) => bodies[scene.bodies.findIndex((body) => body.name === name)];
  for (const { bodyA, bodyB, collide } of scene.joints) {
    const [a, b] = [named(bodyA), named(bodyB)];
    if (a && b && !collide) pairs.exclude(a, b);
  }
}
