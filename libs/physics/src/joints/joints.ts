/** All joints of a scene while it runs. */
import type { Joint } from '@orrery/scene';
import type { RigidBody } from '../body.ts';
import type { Drive } from '../drive.ts';
import { Articulation } from './articulation.ts';
import { createDistance, createPoint, type Constraint } from './constraint.ts';
import { createHinge, createLimit, createMotor, type Hinge, type Motor } from './hinge.ts';

export interface Joints {
  /** One for each group of bodies that joints tie together. */
  readonly articulations: readonly Articulation[];
  /** The hinge with this name; `parseScene` has checked that there is one. */
  hinge(name: string): Hinge;
  /** The motor of the hinge with this name, which is made where the scene gives none. */
  motor(name: string): Motor;
  /** Drops the joints and drives of bodies that have vanished and sets up the others where the bodies are now. */
  rebuild(): void;
}

/** @param drives receives what acts along hinges: motors and limits */
export function createJoints(
  joints: readonly Joint[],
  bodyOf: (name: string | null) => RigidBody,
  drives: Drive[],
): Joints {
  const hinges = new Map<string, Hinge>();
  const motors = new Map<string, Motor>();
  let constraints = joints.map((joint): Constraint => {
    const [a, b] = [bodyOf(joint.bodyA), bodyOf(joint.bodyB)];
    if (joint.kind === 'point') return createPoint(a, b, joint);
    if (joint.kind === 'distance') return createDistance(a, b, joint);
    const hinge = createHinge(a, b, joint);
    hinges.set(joint.name, hinge);
    if (joint.limits)
      drives.push(createLimit(hinge, joint.limits[0], -1), createLimit(hinge, joint.limits[1], 1));
    if (joint.motor) addMotor(hinge, joint.motor.speed, joint.motor.maxTorque);
    return hinge;
  });
  let articulations: readonly Articulation[] = [];

  function addMotor(hinge: Hinge, speed: number, maxTorque: number): Motor {
    const motor = createMotor(hinge, speed, maxTorque);
    motors.set(hinge.name, motor);
    drives.push(motor);
    return motor;
  }

  function rebuild(): void {
    const kept = constraints.filter(({ a, b }) => !a.vanished && !b.vanished);
    if (kept.length < constraints.length || articulations.length === 0) {
      for (const { a, b } of constraints) a.island = b.island = undefined;
      constraints = kept;
      const left = drives.filter(({ a, b }) => !a.vanished && !b.vanished);
      drives.splice(0, drives.length, ...left);
      articulations = groups(constraints).map((group) => new Articulation(group));
    }
    for (const articulation of articulations) {
      articulation.place();
      articulation.project();
    }
  }

  rebuild();
  return {
    get articulations() {
      return articulations;
    },
    hinge: (name) => hinges.get(name)!,
    motor: (name) => motors.get(name) ?? addMotor(hinges.get(name)!, 0, 0),
    rebuild,
  };
}

/** Constraints in groups that share no moving body, in their order. */
function groups(constraints: readonly Constraint[]): Constraint[][] {
  let found: { bodies: Set<RigidBody>; constraints: Constraint[] }[] = [];
  for (const constraint of constraints) {
    const moving = [constraint.a, constraint.b].filter(({ mass }) => mass > 0);
    const touched = found.filter(({ bodies }) => moving.some((body) => bodies.has(body)));
    const group = {
      bodies: new Set([...touched.flatMap(({ bodies }) => [...bodies]), ...moving]),
      constraints: [...touched.flatMap((one) => one.constraints), constraint],
    };
    found = [...found.filter((one) => !touched.includes(one)), group];
  }
  return found.map((group) => group.constraints);
}
