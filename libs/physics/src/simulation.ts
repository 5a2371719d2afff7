/** A scene that runs: one world of cannon-es with our bodies and our solver, stepped frame by frame. */
import type { Scene } from '@orrery/scene';
import * as cannon from 'cannon-es';
import { createActuator } from './actuators.ts';
import { createGround, RigidBody } from './body.ts';
import { NearPairs } from './broadphase.ts';
import { ContactSolver } from './contact-solver.ts';
import { createField } from './fields.ts';
import { createJoints } from './joints/joints.ts';
import { intervene } from './interventions.ts';
import { ContactNarrowphase } from './narrowphase.ts';
import type { Parts } from './parts.ts';
import { CollisionPairs } from './pairs.ts';
import type { Contact } from './trajectory.ts';
import { createWheels, poseWheel, suspensionEnergy } from './wheels.ts';

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
  /**
   * J: kinetic and potential energy of the moving bodies, in gravity (0 at the origin) and in the scene's fields (0 for
   * springs and suspensions at rest and for charges and masses far apart).
   */
  energy(): number;
  /** J: sum of the sizes of the potential energies of fields and suspensions. */
  fieldEnergy(): number;
  /** The worst joint of each group of bodies that joints tie together, and by how much it is off, m or rad. */
  jointErrors(): { readonly joint: string; readonly error: number }[];
  /** J: what has been done to the bodies since the start from outside, by actuators, belts and interventions. */
  work(): number;
}

/**
 * Impacts in one step that are resolved one by one before the rest of it takes them all together: each costs a search
 * through all bodies, so many bodies get few.
 */
const IMPACTS = 60;
const CROWD = 24;

/** Two simulations share no state: each gives the same numbers whatever else runs. */
export function startSimulation(scene: Scene): Simulation {
  const step = scene.dt / scene.substeps;
  // Ids are counted globally and go into 16-bit keys: each world starts over.
  cannon.Body.idCounter = 0;
  cannon.Shape.idCounter = 0;
  const bodies = scene.bodies.map((body) => new RigidBody(body));
  const pairs = new CollisionPairs(bodies);
  excludeJointed(scene, bodies, pairs);
  const near = new NearPairs(pairs, bodies);
  const solver = new ContactSolver(step, near);
  const world = new cannon.World({
    gravity: new cannon.Vec3(...scene.gravity),
    allowSleep: false,
    broadphase: near,
    solver,
  });
  const narrowphase = new ContactNarrowphase(world, step);
  world.narrowphase = narrowphase;
  for (const body of bodies) world.addBody(body);
  solver.wheels.push(...createWheels(scene, bodies));
  const { wheels } = solver;
  const ground = createGround();
  const body = (name: string) => bodies[scene.bodies.findIndex((body) => body.name === name)]!;
  const joints = createJoints(scene.joints, (name) => (name === null ? ground : body(name)), solver.drives);
  solver.articulations = joints.articulations;
  const parts: Parts = {
    bodies,
    pairs,
    ground,
    body,
    joints,
    gravity: world.gravity,
    step,
    sources: solver.sources,
    drives: solver.drives,
    wheels,
  };
  solver.sources.push(...scene.fields.map((field) => createField(field, parts)));
  const fields = [...solver.sources];
  const actuators = scene.actuators.map((actuator) => createActuator(actuator, parts));
  const moving = scene.bodies.filter(({ mass }) => mass > 0).length;
  const limit = moving > CROWD ? 0 : Math.floor(IMPACTS / Math.max(1, moving));

  function substep(): void {
    let left = step;
    for (let impacts = 0; left > 1e-12 * step; impacts++) {
      solver.window = near.window = narrowphase.window = impacts < limit ? 0 : left;
      world.step(left);
      left -= solver.advance;
      solver.finish(world);
    }
  }

  function energy(): number {
    let sum = suspensionEnergy(wheels);
    for (const body of bodies)
      if (body.mass > 0)
        sum += body.kineticEnergy() - body.mass * world.gravity.vmul(body.linearFactor).dot(body.position);
    for (const field of fields) sum += field.potential?.() ?? 0;
    return sum;
  }

  let frame = 0;
  /** What interventions give or take is work from outside. */
  function interventions(): void {
    if (scene.interventions.length === 0) return;
    const events = scene.interventions.filter((event) => event.frame === frame);
    if (events.length === 0) return;
    const before = energy();
    for (const event of events) intervene(event, parts);
    joints.rebuild();
    solver.articulations = joints.articulations;
    solver.work += energy() - before;
  }

  return {
    scene,
    bodies,
    step(action) {
      actuators.forEach((act, i) => act(action?.[i] ?? 0));
      for (let i = 0; i < scene.substeps; i++) substep();
      for (const wheel of wheels) poseWheel(wheel);
      frame++;
      interventions();
      return solver.ledger.takeFrame();
    },
    energy,
    fieldEnergy: () =>
      fields.reduce((sum, field) => sum + Math.abs(field.potential?.() ?? 0), suspensionEnergy(wheels)),
    jointErrors: () => joints.articulations.map((articulation) => articulation.worst()),
    work: () => solver.work,
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
