/**
 * Raycast wheels: massless, each a ray from the chassis to the ground, a suspension along it, and a tyre that grips.
 *
 * The suspension is a spring and damper by the implicit midpoint rule, which keeps the energy of the spring and is
 * stable for any stiffness. The tyre obeys Coulomb: its force along and across the wheel lies in the friction circle,
 * and what it does along the wheel differs from the drive by no more than the brake can hold, for a massless wheel
 * passes on whatever turns it. Within these bounds it ends the slip, by projected Gauss–Seidel with the contacts.
 */
import type { Scene, Wheel as SceneWheel } from '@orrery/scene';
import { cosine, sine } from '@orrery/numerics';
import * as cannon from 'cannon-es';
import type { RigidBody } from './body.ts';
import { couplingThroughJoints, throughJoints } from './joints/reaction.ts';
import { castRay, type Hit } from './raycast.ts';
import { Row } from './row.ts';

/** The highest step that a wheel climbs at once, as a share of its radius. */
const STEP = 0.25;
/** Surfaces steeper than this against the chassis (cosine) are not driven on: the chassis runs into them. */
const STEEPEST = 0.2;

export class Wheel {
  readonly chassis: RigidBody;
  /** What is posed as the wheel. */
  readonly body: RigidBody | undefined;
  readonly spec: SceneWheel;
  /** Where the suspension is fixed, in the chassis' frame, m. */
  readonly mount: cannon.Vec3;
  /** Cosine and sine of the angle about the chassis' z axis that it is steered to. */
  readonly heading: [number, number] = [1, 0];
  /** N ahead. */
  drive = 0;
  /** N: the most that the brake holds against rolling. */
  brake = 0;
  /** How far the wheel has rolled, rad: positive ahead. */
  angle = 0;
  /** rad/s */
  spin = 0;
  /** Of the strut, m; negative where the ground is nearer than a step can bring the wheel to it, else 0 in the air. */
  compression = 0;
  /** The body under the wheel, or undefined in the air. */
  ground: RigidBody | undefined;
  /** From the ground to the chassis: along its normal, ahead along the wheel, to the left across it. */
  readonly normal = new Row();
  readonly ahead = new Row();
  readonly across = new Row();
  /** Velocity of the ground's belt along and across the wheel, m/s. */
  readonly belt: [number, number] = [0, 0];
  /** World position of the contact, m. */
  readonly contact = new cannon.Vec3();
  /** Largest response of `ahead` and `across`, 1/kg. */
  tangentResponse = 0;
  /** Impulses of the step under way, N s. */
  load = 0;
  traction = 0;
  grip = 0;
  /** Forces of the previous step, N: where the next one starts. */
  readonly previous = { load: 0, traction: 0, grip: 0 };
  /** Impulse of the suspension for a compression that stays: h k x, N s; and per m/s of compression speed, kg. */
  rest = 0;
  gain = 0;
  /** Cosine of the angle between strut and normal. */
  slope = 1;
  /** Speed of compression at the start of the step, m/s. */
  startSpeed = 0;

  constructor(spec: SceneWheel, chassis: RigidBody, body: RigidBody | undefined) {
    this.spec = spec;
    this.chassis = chassis;
    this.body = body;
    this.mount = new cannon.Vec3(...spec.position);
  }
}

/** The wheels of a scene, in its order, posed as the scene begins. */
export function createWheels(scene: Scene, bodies: readonly RigidBody[]): Wheel[] {
  const named = (name: string) => bodies[scene.bodies.findIndex((body) => body.name === name)]!;
  const wheels = scene.wheels.map(
    (spec) => new Wheel(spec, named(spec.chassis), spec.body === undefined ? undefined : named(spec.body)),
  );
  for (const wheel of wheels) {
    wheel.compression = fullReach(wheel); // what it starts on is no step, however high
    settle(wheel, bodies);
    poseWheel(wheel);
  }
  return wheels;
}

const [down, mount, forward, leftward, lengthwise, relative] = Array.from(
  { length: 6 },
  () => new cannon.Vec3(),
) as [cannon.Vec3, cannon.Vec3, cannon.Vec3, cannon.Vec3, cannon.Vec3, cannon.Vec3];
const hit: Hit = { distance: 0, normal: new cannon.Vec3() };
const found: Hit = { distance: 0, normal: new cannon.Vec3() };

/**
 * The nearest body down the strut within `reach` m of the mount, into `hit`. What rises by more than a low step since the
 * wheel was last seen is a wall, which the chassis runs into: a ray would jump on it. Planes have no such sides.
 */
function findGround(wheel: Wheel, bodies: readonly RigidBody[], reach: number): RigidBody | undefined {
  const { chassis, body } = wheel;
  chassis.pointToWorldFrame(wheel.mount, mount);
  chassis.quaternion.vmult(down.set(0, 0, -1), down);
  const highest = fullReach(wheel) - Math.max(wheel.compression, 0) - STEP * wheel.spec.radius;
  let ground: RigidBody | undefined;
  hit.distance = reach;
  for (const other of bodies) {
    if (other === chassis || other === body || !other.collides || other.vanished) continue;
    if (!castRay(other, mount, down, hit.distance, found) || down.dot(found.normal) > -STEEPEST) continue;
    if (found.distance < highest && other !== wheel.ground && other.shape.kind !== 'plane') continue;
    ground = other;
    hit.distance = found.distance;
    hit.normal.copy(found.normal);
  }
  return ground;
}

/**
 * Finds the ground after the chassis has moved, or the ground.
 * @returns J that an edge of the ground has given to the spring, by which it differs from what its motion leads to
 */
export function settle(wheel: Wheel, bodies: readonly RigidBody[]): number {
  const before = springEnergy(wheel);
  wheel.ground = findGround(wheel, bodies, fullReach(wheel));
  wheel.compression = wheel.ground ? fullReach(wheel) - hit.distance : 0;
  return springEnergy(wheel) - before;
}

/**
 * Steers wheels of a chassis to `angle` (rad, less than a quarter turn) as a linkage does (Ackermann): each so that all
 * wheels roll about one point on the line of those that are not steered, `angle` being that of a wheel in the middle.
 * Without others they are parallel.
 */
export function steer(steered: readonly Wheel[], all: readonly Wheel[], angle: number): void {
  for (const wheel of steered) {
    const fixed = all.filter((other) => other.chassis === wheel.chassis && !steered.includes(other));
    const base = fixed.reduce((sum, { mount }) => sum + (wheel.mount.x - mount.x) / fixed.length, 0);
    let [cos, sin] = [cosine(angle), sine(angle)];
    if (base !== 0) {
      [cos, sin] = [base * cos - wheel.mount.y * sin, base * sin];
      const size = Math.sqrt(cos * cos + sin * sin) * (base < 0 ? -1 : 1);
      [cos, sin] = [cos / size, sin / size];
    }
    wheel.heading[0] = cos;
    wheel.heading[1] = sin;
  }
}

/** J */
const springEnergy = ({ spec, compression: x }: Wheel) =>
  x > 0 ? (spec.suspension.stiffness * x * x) / 2 : 0;

const fullReach = ({ spec }: Wheel) => spec.suspension.length + spec.radius;

/**
 * Finds the ground under a wheel and starts its impulses for a step of `dt` from the forces of the previous one.
 * Bodies have their velocities of the start in `startVelocity`, and what the step gave them so far in `velocity`.
 */
export function meetGround(wheel: Wheel, bodies: readonly RigidBody[], dt: number): void {
  const { chassis, spec, normal, ahead, across, previous } = wheel;
  wheel.load = wheel.traction = wheel.grip = 0;
  // A wheel that the step will bring to the ground springs from where it meets it.
  const margin = dt * (chassis.velocity.length() + chassis.angularVelocity.length() * wheel.mount.length());
  const ground = findGround(wheel, bodies, fullReach(wheel) + margin);
  wheel.ground = ground;
  if (!ground) return;
  mount.addScaledVector(hit.distance, down, wheel.contact);
  throughJoints(normal.set(ground, wheel.contact, chassis, wheel.contact, hit.normal), ground, chassis);
  setDirections(wheel);
  throughJoints(ahead.set(ground, wheel.contact, chassis, wheel.contact, lengthwise), ground, chassis);
  throughJoints(across.set(ground, wheel.contact, chassis, wheel.contact, leftward), ground, chassis);
  ground.quaternion.vmult(ground.surfaceVelocity, relative);
  wheel.belt[0] = relative.dot(lengthwise);
  wheel.belt[1] = relative.dot(leftward);
  const [p, q, r] = [ahead.response, across.response, couplingThroughJoints(ahead, across, ground, chassis)];
  const half = (p - q) / 2;
  wheel.tangentResponse = (p + q) / 2 + Math.sqrt(half * half + r * r);

  // The strut is compressed by x for x cos(slope) along the normal, and pushes along it with F / cos(slope).
  const slope = (wheel.slope = -down.dot(hit.normal));
  const { stiffness, damping } = spec.suspension;
  wheel.compression = fullReach(wheel) - hit.distance;
  const compression = wheel.compression * slope;
  const k = stiffness / (slope * slope);
  const c = compression > 0 ? damping / (slope * slope) : 0;
  wheel.rest = dt * k * compression;
  wheel.gain = (dt / 2) * ((k * dt) / 2 + c);
  wheel.startSpeed = -speedAlong(normal, ground, chassis, true);
  push(normal, wheel, (wheel.load = previous.load * dt));
  push(ahead, wheel, (wheel.traction = previous.traction * dt));
  push(across, wheel, (wheel.grip = previous.grip * dt));
}

/** Along the ground, ahead and to the left of the steered wheel. */
function setDirections({ chassis, heading: [cos, sin] }: Wheel): void {
  chassis.quaternion.vmult(forward.set(cos, sin, 0), forward);
  hit.normal.cross(forward, leftward);
  leftward.normalize();
  leftward.cross(hit.normal, lengthwise);
}

function push(row: Row, { ground, chassis }: Wheel, p: number): void {
  row.push(
    p,
    ground!,
    ground!.velocity,
    ground!.angularVelocity,
    chassis,
    chassis.velocity,
    chassis.angularVelocity,
  );
}

function speedAlong(row: Row, a: RigidBody, b: RigidBody, atStart = false): number {
  return atStart
    ? row.velocity(a.startVelocity, a.startAngularVelocity, b.startVelocity, b.startAngularVelocity)
    : row.velocity(a.velocity, a.angularVelocity, b.velocity, b.angularVelocity);
}

/** One Gauss–Seidel update of a wheel in a step of `dt`. @returns the largest change of a relative velocity, m/s */
export function relaxWheel(wheel: Wheel, dt: number): number {
  const { ground, chassis, normal, ahead, across, gain, spec } = wheel;
  if (!ground) return 0;
  const compressing = wheel.startSpeed - speedAlong(normal, ground, chassis);
  const load = Math.max(
    (wheel.rest + gain * (compressing + normal.response * wheel.load)) / (1 + gain * normal.response),
    0,
  );
  push(normal, wheel, load - wheel.load);
  let change = Math.abs(load - wheel.load) * normal.response;
  wheel.load = load;

  if (wheel.tangentResponse === 0) return change;
  const slipAhead = speedAlong(ahead, ground, chassis) - wheel.belt[0];
  const slipAcross = speedAlong(across, ground, chassis) - wheel.belt[1];
  const traction = wheel.traction - slipAhead / wheel.tangentResponse;
  const grip = wheel.grip - slipAcross / wheel.tangentResponse;
  tyre(traction, grip, wheel.drive * dt, wheel.brake * dt, spec.friction * load);
  push(ahead, wheel, tyreForce[0] - wheel.traction);
  push(across, wheel, tyreForce[1] - wheel.grip);
  const moved = Math.abs(tyreForce[0] - wheel.traction) + Math.abs(tyreForce[1] - wheel.grip);
  [wheel.traction, wheel.grip] = tyreForce;
  change = Math.max(change, moved * wheel.tangentResponse);
  return change;
}

const tyreForce: [number, number] = [0, 0];

/** The nearest to (traction, grip) in the circle of radius `limit` with |traction - drive| <= brake, into `tyreForce`. */
function tyre(traction: number, grip: number, drive: number, brake: number, limit: number): void {
  const [low, high] = [drive - brake, drive + brake];
  const size = Math.sqrt(traction * traction + grip * grip);
  const share = size > limit ? limit / size : 1;
  let x = traction * share;
  let y = grip * share;
  if (x < low || x > high) {
    x = Math.min(Math.max(Math.min(Math.max(traction, low), high), -limit), limit);
    const left = Math.sqrt(Math.max(limit * limit - x * x, 0));
    y = Math.min(Math.max(grip, -left), left);
  }
  tyreForce[0] = x;
  tyreForce[1] = y;
}

/**
 * Ends a step that took `share` of the `dt` for which its forces were found: the wheel has rolled.
 * @returns J that drive and belt gave
 */
export function roll(wheel: Wheel, share: number, dt: number): number {
  let work = 0;
  const { ground, chassis, normal, ahead, belt, spec, previous } = wheel;
  if (dt > 0) {
    previous.load = wheel.load / dt;
    previous.traction = wheel.traction / dt;
    previous.grip = wheel.grip / dt;
  }
  if (ground) {
    const sinking = speedAlong(normal, ground, chassis, true) + speedAlong(normal, ground, chassis);
    wheel.compression -= (share * dt * sinking) / 2 / wheel.slope;
  }
  if (ground && wheel.load > 0) {
    const mean = (speedAlong(ahead, ground, chassis, true) + speedAlong(ahead, ground, chassis)) / 2;
    if (wheel.drive !== 0) work += wheel.traction * share * (mean - belt[0]);
    work += share * (wheel.traction * belt[0] + wheel.grip * belt[1]);
    // A brake that need not give all it can holds the wheel: it stands, or slides.
    const held =
      wheel.brake > 0 && Math.abs(wheel.traction - wheel.drive * dt) < wheel.brake * dt * (1 - 1e-9);
    wheel.spin = held ? 0 : (mean - belt[0]) / spec.radius;
  } else if (wheel.brake > 0) wheel.spin = 0;
  // Whole turns are dropped, so that the angle stays accurate.
  wheel.angle = remainder(wheel.angle + wheel.spin * share * dt);
  return work;
}

const TURN = 2 * Math.PI;
const remainder = (angle: number) => angle - TURN * Math.floor(angle / TURN);

const [steering, rolling, axle] = [new cannon.Quaternion(), new cannon.Quaternion(), new cannon.Quaternion()];

/**
 * Poses the wheel's body: its centre at the hub, its local z axis along the axle (to the left), turned by steering and
 * rolling; its velocities are those of the hub.
 */
export function poseWheel(wheel: Wheel): void {
  const { body, chassis, spec, angle } = wheel;
  const [cos, sin] = wheel.heading;
  if (!body) return;
  chassis.pointToWorldFrame(wheel.mount, mount);
  chassis.quaternion.vmult(down.set(0, 0, -1), down);
  const length = Math.max(spec.suspension.length - Math.max(wheel.compression, 0), 0);
  mount.addScaledVector(length, down, body.position);
  const half = Math.sqrt((1 + cos) / 2);
  steering.set(0, 0, sin / (2 * half), half);
  rolling.set(0, sine(angle / 2), 0, cosine(angle / 2));
  axle.set(-Math.SQRT1_2, 0, 0, Math.SQRT1_2);
  chassis.quaternion.mult(steering, body.quaternion);
  body.quaternion.mult(rolling, body.quaternion);
  body.quaternion.mult(axle, body.quaternion);

  body.position.vsub(chassis.position, relative);
  chassis.angularVelocity.cross(relative, body.velocity);
  body.velocity.vadd(chassis.velocity, body.velocity);
  body.quaternion.vmult(cannon.Vec3.UNIT_Z, body.angularVelocity);
  body.angularVelocity.scale(wheel.spin, body.angularVelocity);
  body.angularVelocity.vadd(chassis.angularVelocity, body.angularVelocity);
}

/** J in the springs of the wheels. */
export const suspensionEnergy = (wheels: readonly Wheel[]): number =>
  wheels.reduce((sum, wheel) => sum + springEnergy(wheel), 0);
