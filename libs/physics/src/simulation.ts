/** A scene that runs: one world of cannon-es with our bodies and our solver, stepped frame by frame. */
import type { Scene } from '@orrery/scene';
import * as cannon from 'cannon-es';
import { createActuator, type Act } from './actuators.ts';
import { createGround, RigidBody } from './body.ts';
import { NearPairs } from './broadphase.ts';
import { ContactSolver } from './contact-solver.ts';
import { createField } from './fields.ts';
import type { ForceSource } from './forces.ts';
import { createJoints, type Joints } from './joints/joints.ts';
import { intervene } from './interventions.ts';
import { ContactNarrowphase } from './narrowphase.ts';
import type { Parts } from './parts.ts';
import { CollisionPairs } from './pairs.ts';
import { Rest } from './rest.ts';
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
/**
 * In a heap nearly every step has impacts. Where only gravity and contacts act, a step adds so many to those that are left
 * for such as come seldom; elsewhere, all of them.
 */
const GRANT = 1.125;

/** Two simulations share no state: each gives the same numbers whatever else runs. */
export const startSimulation = (scene: Scene): Simulation => new RunningSimulation(scene);

/** Its methods are those of a class, so that what the machine has learnt about them outlives a simulation. */
class RunningSimulation implements Simulation {
  readonly scene: Scene;
  readonly bodies: readonly RigidBody[];
  readonly #world: cannon.World;
  readonly #solver: ContactSolver;
  readonly #near: NearPairs;
  readonly #joints: Joints;
  readonly #parts: Parts;
  readonly #fields: readonly ForceSource[];
  readonly #actuators: readonly Act[];
  /** Impacts in a step that are resolved one by one. */
  readonly #limit: number;
  /** What a step adds to those that are left, and the number left. */
  readonly #grant: number;
  #spare = 0;
  #frame = 0;

  constructor(scene: Scene) {
    this.scene = scene;
    const step = scene.dt / scene.substeps;
    // Ids are counted globally and go into 16-bit keys: each world starts over.
    cannon.Body.idCounter = 0;
    cannon.Shape.idCounter = 0;
    const bodies = scene.bodies.map((body) => new RigidBody(body));
    this.bodies = bodies;
    const pairs = new CollisionPairs(bodies);
    excludeJointed(scene, bodies, pairs);
    const near = (this.#near = new NearPairs(pairs, bodies));
    const solver = (this.#solver = new ContactSolver(step, near));
    const world = (this.#world = new cannon.World({
      gravity: new cannon.Vec3(...scene.gravity),
      allowSleep: false,
      broadphase: near,
      solver,
    }));
    if (mayRest(scene)) solver.rest = new Rest(bodies, solver.ledger);
    world.narrowphase = new ContactNarrowphase(world, near, step, solver.rest);
    for (const body of bodies) world.addBody(body);
    solver.wheels.push(...createWheels(scene, bodies));
    const ground = createGround();
    const body = (name: string) => bodies[scene.bodies.findIndex((body) => body.name === name)]!;
    const bodyOrGround = (name: string | null) => (name === null ? ground : body(name));
    this.#joints = createJoints(scene.joints, bodyOrGround, solver.drives);
    solver.articulations = this.#joints.articulations;
    const parts = (this.#parts = {
      ...{ bodies, pairs, ground, body, step },
      joints: this.#joints,
      gravity: world.gravity,
      sources: solver.sources,
      drives: solver.drives,
      wheels: solver.wheels,
    });
    solver.sources.push(...scene.fields.map((field) => createField(field, parts)));
    this.#fields = [...solver.sources];
    this.#actuators = scene.actuators.map((actuator) => createActuator(actuator, parts));
    const moving = scene.bodies.filter(({ mass }) => mass > 0).length;
    this.#limit = moving > CROWD ? 0 : Math.floor(IMPACTS / Math.max(1, moving));
    this.#grant = solver.rest ? GRANT : this.#limit;
    this.#spare = this.#limit;
  }

  step(action?: ArrayLike<number>): Contact[] {
    for (let i = 0; i < this.#actuators.length; i++) this.#actuators[i]!(action?.[i] ?? 0);
    for (let i = 0; i < this.scene.substeps; i++) this.#substep();
    for (const wheel of this.#solver.wheels) poseWheel(wheel);
    this.#frame++;
    this.#intervene();
    this.#solver.rest?.endFrame();
    return this.#solver.ledger.takeFrame();
  }

  #substep(): void {
    const step = this.#parts.step;
    const solver = this.#solver;
    let left = step;
    this.#spare = Math.min(Math.max(this.#spare, 0) + this.#grant, this.#limit);
    while (left > 1e-12 * step) {
      this.#near.window = this.#spare >= 1 ? 0 : left;
      this.#world.step(left);
      left -= solver.advance;
      this.#spare--;
      solver.finish(this.#world);
    }
  }

  /** What interventions give or take is work from outside. */
  #intervene(): void {
    if (this.scene.interventions.length === 0) return;
    const events = this.scene.interventions.filter((event) => event.frame === this.#frame);
    if (events.length === 0) return;
    this.#solver.rest?.wakeAll();
    const before = this.energy();
    for (const event of events) intervene(event, this.#parts);
    this.#joints.rebuild();
    this.#solver.articulations = this.#joints.articulations;
    this.#solver.work += this.energy() - before;
  }

  energy(): number {
    const { x, y, z } = this.#world.gravity;
    let sum = suspensionEnergy(this.#solver.wheels);
    for (const body of this.bodies) {
      if (body.mass === 0) continue;
      const { position: p, linearFactor: f, mass } = body;
      sum += body.kineticEnergy() - mass * (x * f.x * p.x + y * f.y * p.y + z * f.z * p.z);
    }
    for (const field of this.#fields) sum += field.potential?.() ?? 0;
    return sum;
  }

  fieldEnergy(): number {
    return this.#fields.reduce(
      (sum, field) => sum + Math.abs(field.potential?.() ?? 0),
      suspensionEnergy(this.#solver.wheels),
    );
  }

  jointErrors(): { readonly joint: string; readonly error: number }[] {
    return this.#joints.articulations.map((articulation) => articulation.worst());
  }

  work(): number {
    return this.#solver.work;
  }
}

/** Nothing but gravity and contacts acts, so that what lies still stays so. */
const mayRest = ({ fields, joints, wheels, actuators }: Scene): boolean =>
  fields.length + joints.length + wheels.length + actuators.length === 0;

/** Bodies that a joint holds together pass through each other, unless the joint says that they collide. */
function excludeJointed(scene: Scene, bodies: readonly RigidBody[], pairs: CollisionPairs): void {
  const named = (name: string | null) => bodies[scene.bodies.findIndex((body) => body.name === name)];
  for (const { bodyA, bodyB, collide } of scene.joints) {
    const [a, b] = [named(bodyA), named(bodyB)];
    if (a && b && !collide) pairs.exclude(a, b);
  }
}
