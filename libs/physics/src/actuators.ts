/** Actuators: from one number in [-1, 1] each to forces, torques and speeds that hold for a frame. */
import type { Actuator, Vec3 } from '@orrery/scene';
import * as cannon from 'cannon-es';
import { createServo } from './drive.ts';
import { addForce, addTorque } from './forces.ts';
import type { Parts } from './parts.ts';
import { steer, type Wheel } from './wheels.ts';

/** Takes the action that holds from now on. */
export type Act = (action: number) => void;

/** What each kind of actuator does; one row a kind. Its parts are at rest until the first action. */
const actuators: {
  [K in Actuator['kind']]: (actuator: Extract<Actuator, { kind: K }>, parts: Parts) => Act;
} = {
  force({ body: name, direction, limit }, parts) {
    const body = parts.body(name);
    const [force, moved] = [new cannon.Vec3(), new cannon.Vec3()];
    const unit = unitVector(direction);
    parts.sources.push({
      apply: () => addForce(body, force),
      work() {
        body.position.vsub(body.previousPosition, moved);
        return force.dot(moved);
      },
    });
    return (action) => unit.scale(action * limit, force);
  },
  velocity({ body, direction, limit, maxForce }, parts) {
    const servo = createServo(parts.ground, parts.body(body), unitVector(direction), maxForce);
    parts.drives.push(servo);
    return (action) => (servo.speed = action * limit);
  },
  torque({ joint, limit }, parts) {
    const hinge = parts.joints.hinge(joint);
    const torque = new cannon.Vec3();
    let size = 0;
    parts.sources.push({
      apply() {
        if (hinge.a.vanished || hinge.b.vanished) return;
        addTorque(hinge.b, hinge.axis.scale(size, torque));
        addTorque(hinge.a, torque.negate(torque));
      },
      work: () => size * hinge.turned,
    });
    return (action) => (size = action * limit);
  },
  speed({ joint, limit, maxTorque }, parts) {
    const motor = parts.joints.motor(joint);
    motor.maxTorque = maxTorque;
    return (action) => (motor.speed = action * limit);
  },
  steer({ wheels: names, limit }, { wheels }) {
    const steered = named(wheels, names);
    return (action) => steer(steered, wheels, action * limit);
  },
  drive({ wheels: names, limit }, { wheels }) {
    const driven = named(wheels, names);
    return (action) => {
      for (const wheel of driven) wheel.drive = action * limit;
    };
  },
  brake({ wheels: names, limit }, { wheels }) {
    const braked = named(wheels, names);
    return (action) => {
      for (const wheel of braked) wheel.brake = Math.max(action, 0) * limit;
    };
  },
  belt({ body, direction, limit }, parts) {
    const { surfaceVelocity } = parts.body(body);
    const unit = unitVector(direction);
    return (action) => unit.scale(action * limit, surfaceVelocity);
  },
};

const named = (wheels: readonly Wheel[], names: readonly string[]) =>
  wheels.filter(({ spec }) => names.includes(spec.name));

export function createActuator<K extends Actuator['kind']>(
  actuator: Extract<Actuator, { kind: K }>,
  parts: Parts,
): Act {
  return actuators[actuator.kind as K](actuator, parts);
}

function unitVector(direction: Vec3): cannon.Vec3 {
  const vector = new cannon.Vec3(...direction);
  return vector.scale(1 / vector.length());
}
