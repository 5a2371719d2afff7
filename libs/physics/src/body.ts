/**
 * A rigid body for cannon-es that moves as mechanics says: its own inertia instead of that of a bounding box,
 * locked axes that carry no mass, and an integrator that is exact under constant acceleration.
 */
import { cosine, sine } from '@orrery/numerics';
import type { Body as SceneBody, Shape as SceneShape, Vec3 } from '@orrery/scene';
import * as cannon from 'cannon-es';
import { NEAR } from './narrowphase.ts';
import type { Resting } from './rest.ts';

/** Bodies that joints hold together (joints/articulation.ts). */
export interface Island {
  readonly bodies: readonly RigidBody[];
  /**
   * Adds to the probes of its bodies the impulses that end what in them the joints forbid.
   * @returns the impulses, one for each row of the joints
   */
  react(): Float64Array;
  /** Enters `share` times these impulses in the books of the step. */
  addImpulses(impulses: Float64Array, share: number): void;
}

export class RigidBody extends cannon.Body {
  /** What the scene says; cannon-es knows only the sphere around it. */
  readonly shape: SceneShape;
  readonly restitution: number;
  readonly frictionCoefficient: number;
  readonly collides: boolean;
  /** C */
  charge: number;
  /** Whether an intervention has taken it out of the world. */
  vanished = false;
  /** Velocity of the surface in the body's frame, m/s; a belt's may change from step to step. */
  readonly surfaceVelocity: cannon.Vec3;
  /** What acts on it besides gravity and contacts, N, and the torque about its centre, N m (forces.ts). */
  readonly appliedForce = new cannon.Vec3();
  readonly appliedTorque = new cannon.Vec3();
  /** Velocities at the start of the step, after its impacts; `velocity` and `angularVelocity` are those at its end. */
  readonly startVelocity = new cannon.Vec3();
  readonly startAngularVelocity = new cannon.Vec3();
  /** How far the current step moves the body, s: the solver ends a step at its first impact. */
  flight = 0;
  /** What positional correction moves the body by in this step, m. */
  readonly shift = new cannon.Vec3();
  /** What positional correction turns the body by in this step, rad; only bodies with joints. */
  readonly turn = new cannon.Vec3();
  /** What it lies still with. */
  resting: Resting | undefined = undefined;
  /** The bodies that joints tie it to. */
  island: Island | undefined = undefined;
  /** Velocities as they would be, for a unit impulse somewhere. */
  readonly probe = new cannon.Vec3();
  readonly angularProbe = new cannon.Vec3();
  /** Where the step under way takes the body; set by `predict`. */
  readonly endPosition = new cannon.Vec3();
  readonly endQuaternion = new cannon.Quaternion();
  /** What the body is given when the step has moved it, N s and N m s. */
  readonly endImpulse = new cannon.Vec3();
  readonly endTorque = new cannon.Vec3();
  /** World +z of the body: the surface normal of a plane, which is static. */
  readonly planeNormal: cannon.Vec3;
  /** A sphere that moves and turns alike in each direction. */
  readonly isBall: boolean;
  /** Rotation matrix of the body, row-major. */
  readonly rotation = new Float64Array(9);
  /** Inverse mass along each world axis, 1/kg; 0 where locked. */
  readonly inverseMass: cannon.Vec3;
  /** Inverse inertia in the world, 1/(kg m²), row-major; zero rows and columns where locked. */
  readonly inverseInertia = new Float64Array(9);
  /** Principal moments, kg m². */
  readonly moments: cannon.Vec3;
  /** Whether the angular momentum and the angular velocity may point apart: false for spheres and for locked axes. */
  readonly gyroscopic: boolean;

  constructor(body: SceneBody) {
    super({
      mass: body.mass,
      shape: boundingShape(body.shape),
      position: new cannon.Vec3(...body.position),
      quaternion: new cannon.Quaternion(...body.quaternion),
      velocity: new cannon.Vec3(...body.velocity),
      angularVelocity: new cannon.Vec3(...body.angularVelocity),
      linearFactor: new cannon.Vec3(...body.linearFactor),
      angularFactor: new cannon.Vec3(...body.angularFactor),
      linearDamping: 0,
      angularDamping: 0,
      allowSleep: false,
    });
    this.shape = body.shape;
    this.restitution = body.material.restitution;
    this.frictionCoefficient = body.material.friction;
    this.collides = body.collides;
    this.charge = body.charge;
    this.surfaceVelocity = new cannon.Vec3(...body.surfaceVelocity);
    this.planeNormal = this.quaternion.vmult(new cannon.Vec3(0, 0, 1));
    this.inverseMass = this.linearFactor.scale(this.invMass);
    this.moments = principalMoments(body.shape, body.mass);
    const free = body.angularFactor.every((factor) => factor === 1);
    const { x, y, z } = this.moments;
    this.isBall = body.shape.kind === 'sphere' && free && body.linearFactor.every((factor) => factor === 1);
    this.gyroscopic = body.mass > 0 && free && !(x === y && y === z);
    this.startVelocity.copy(this.velocity);
    this.startAngularVelocity.copy(this.angularVelocity);
    this.orient();
  }

  /** Whether it is static or at rest. */
  get isStill(): boolean {
    return this.mass === 0 || this.resting !== undefined;
  }

  /** Takes over a new orientation: the rotation matrix and the inverse inertia follow the quaternion. */
  orient(): void {
    rotationMatrix(this.quaternion, this.rotation);
    this.updateInverseInertia();
  }

  /** Inverse inertia in the current orientation, restricted to the free axes: a locked axis takes any torque. */
  updateInverseInertia(): void {
    if (this.mass > 0)
      restrictedInverse(this.worldInertia(this.rotation), this.angularFactor, this.inverseInertia);
  }

  /** R diag(moments) Rᵀ, row-major; the array is used again by the next call. */
  private worldInertia(r: Float64Array): Float64Array {
    const { x, y, z } = this.moments;
    if (x === y && y === z) {
      inertia.fill(0);
      inertia[0] = inertia[4] = inertia[8] = x;
      return inertia;
    }
    for (let i = 0; i < 9; i += 3) {
      const u = r[i]! * x;
      const v = r[i + 1]! * y;
      const w = r[i + 2]! * z;
      inertia[i] = u * r[0]! + v * r[1]! + w * r[2]!;
      inertia[i + 1] = u * r[3]! + v * r[4]! + w * r[5]!;
      inertia[i + 2] = u * r[6]! + v * r[7]! + w * r[8]!;
    }
    return inertia;
  }

  /**
   * Moves the body for `flight` s from `startVelocity` to `velocity` under constant acceleration, which the trapezoidal
   * rule integrates exactly. cannon-es calls this at the end of its step.
   */
  override integrate(): void {
    this.previousPosition.copy(this.position);
    this.previousQuaternion.copy(this.quaternion);
    if (this.isStill) return;
    this.predict(this.flight);
    // The momentum at the end is that of the whole step's impulses, in the frame of the world.
    if (this.gyroscopic) multiply(this.worldInertia(this.rotation), this.angularVelocity, endMomentum);
    this.position.copy(this.endPosition);
    this.quaternion.copy(this.endQuaternion);
    if (this.shape.kind !== 'sphere') this.orient();
    if (this.gyroscopic) multiply(this.inverseInertia, endMomentum, this.angularVelocity);
    this.aabbNeedsUpdate = true;
  }

  /** Writes where the body is after a step of `dt` s into `endPosition` and `endQuaternion`. */
  predict(dt: number): void {
    const { position: p, startVelocity: v0, velocity: v1, shift: s } = this;
    this.endPosition.set(
      p.x + ((dt / 2) * (v0.x + v1.x) + s.x),
      p.y + ((dt / 2) * (v0.y + v1.y) + s.y),
      p.z + ((dt / 2) * (v0.z + v1.z) + s.z),
    );
    const { startAngularVelocity: w0, angularVelocity: w1 } = this;
    mean.set((w0.x + w1.x) / 2, (w0.y + w1.y) / 2, (w0.z + w1.z) / 2);
    const q = this.endQuaternion.copy(this.quaternion);
    if (this.island) turnBy(q, this.turn, 1);
    if (this.gyroscopic) this.tumble(q, dt);
    else if (this.isBall && mean.lengthSquared() * dt * dt < SMALL_ANGLE * SMALL_ANGLE)
      turnSlightly(q, mean, dt);
    else turnBy(q, mean, dt);
  }

  /** Rotation of a body whose axis wanders, with the angular momentum that `mean` and the orientation say. */
  private tumble(q: cannon.Quaternion, dt: number): void {
    const momentum = multiply(this.worldInertia(rotationMatrix(q, rotation)), mean, spinMomentum);
    momentum.cross(mean, wander);
    // Spin about a principal axis stays there.
    if (wander.lengthSquared() <= 1e-28 * momentum.lengthSquared() * mean.lengthSquared())
      return turnBy(q, mean, dt);
    const { x, y, z } = this.moments;
    if (x === y) precess(q, momentum, 2, z, x, dt);
    else if (y === z) precess(q, momentum, 0, x, y, dt);
    else if (z === x) precess(q, momentum, 1, y, z, dt);
    else this.wander(q, momentum, dt);
  }

  /**
   * The implicit midpoint rule on the rotation group, which keeps the angular momentum exactly, composed to fourth order
   * so that it keeps the energy too (Hairer, Lubich & Wanner, "Geometric Numerical Integration", II.4 and VII.5); in
   * parts of small angles.
   */
  private wander(q: cannon.Quaternion, momentum: cannon.Vec3, dt: number): void {
    const angle = mean.length() * dt;
    const parts = Math.ceil(angle / LARGEST_ANGLE);
    // Each iteration leaves less than the angle's share of the error.
    const iterations = angle < FEW_ITERATIONS_BELOW ? 3 : 5;
    for (let part = 0; part < parts; part++)
      for (const share of FOURTH_ORDER) {
        const step = (share * dt) / parts;
        for (let iteration = 0; iteration < iterations; iteration++) {
          turnSlightly(middle.copy(q), mean, step / 2);
          this.spin(momentum, middle, mean);
        }
        turnSlightly(q, mean, step);
      }
  }

  /** R (Rᵀ L / moments): the angular velocity of the momentum L of a body that is free to turn, into `out`. */
  private spin({ x, y, z }: cannon.Vec3, orientation: cannon.Quaternion, out: cannon.Vec3): void {
    const r = rotationMatrix(orientation, rotation);
    const u = (r[0]! * x + r[3]! * y + r[6]! * z) / this.moments.x;
    const v = (r[1]! * x + r[4]! * y + r[7]! * z) / this.moments.y;
    const w = (r[2]! * x + r[5]! * y + r[8]! * z) / this.moments.z;
    out.x = r[0]! * u + r[1]! * v + r[2]! * w;
    out.y = r[3]! * u + r[4]! * v + r[5]! * w;
    out.z = r[6]! * u + r[7]! * v + r[8]! * w;
  }

  /** Adds to the velocities what `share` times an impulse (N s) and a torque's (N m s, about the centre) gives. */
  addImpulse(share: number, impulse: cannon.Vec3, torque: cannon.Vec3): void {
    const { velocity: v, angularVelocity: w, inverseMass: m, inverseInertia: j } = this;
    v.set(v.x + share * m.x * impulse.x, v.y + share * m.y * impulse.y, v.z + share * m.z * impulse.z);
    const { x, y, z } = torque;
    w.set(
      w.x + share * (j[0]! * x + j[1]! * y + j[2]! * z),
      w.y + share * (j[3]! * x + j[4]! * y + j[5]! * z),
      w.z + share * (j[6]! * x + j[7]! * y + j[8]! * z),
    );
  }

  /** The velocity of the body's matter at a point of the world, m/s. */
  velocityAt(point: cannon.Vec3, out: cannon.Vec3): cannon.Vec3 {
    point.vsub(this.position, out);
    this.angularVelocity.cross(out, out);
    out.vadd(this.velocity, out);
    return out;
  }

  /** Takes the body out of the world; its state stays as it is. */
  vanish(): void {
    this.vanished = true;
    this.charge = 0;
    this.mass = 0;
    this.invMass = 0;
    this.type = cannon.Body.STATIC;
    this.inverseMass.setZero();
    this.inverseInertia.fill(0);
  }

  /** J: ½ m v² + ½ ω I ω. */
  kineticEnergy(): number {
    const w = this.angularVelocity;
    const spin = this.mass > 0 ? w.dot(multiply(this.worldInertia(this.rotation), w, spinMomentum)) : 0;
    return (this.mass * this.velocity.dot(this.velocity) + spin) / 2;
  }
}

/** The world as a body: static, at the origin, without a surface. */
export function createGround(): RigidBody {
  const name = 'world';
  const still = [0, 0, 0] as Vec3;
  const [position, velocity, angularVelocity, surfaceVelocity] = [still, still, still, still];
  return new RigidBody({
    ...{ name, shape: { kind: 'sphere', radius: 1 }, mass: 0, charge: 0, collides: false, visible: false },
    ...{ position, velocity, angularVelocity, surfaceVelocity, quaternion: [0, 0, 0, 1] },
    ...{ linearFactor: [0, 0, 0], angularFactor: [0, 0, 0], color: [0, 0, 0] },
    material: { restitution: 0, friction: 0 },
  });
}

const rotation = new Float64Array(9);
const mean = new cannon.Vec3();
const middle = new cannon.Quaternion();
const wander = new cannon.Vec3();
const spinMomentum = new cannon.Vec3();
const endMomentum = new cannon.Vec3();
const inertia = new Float64Array(9);
/** rad that `turnSlightly` turns by. */
const SMALL_ANGLE = 0.2;
/** rad that one part of a step turns by. */
const LARGEST_ANGLE = 0.1;
const FEW_ITERATIONS_BELOW = 0.01;
/** Yoshida's triple jump: shares of a step. */
const CUBE_ROOT_OF_2 = 1.2599210498948732;
const FOURTH_ORDER = [1, -CUBE_ROOT_OF_2, 1].map((share) => share / (2 - CUBE_ROOT_OF_2));

/** What cannon-es tells near from far by: a sphere around all that can touch, or a plane. */
function boundingShape(shape: SceneShape): cannon.Shape {
  return shape.kind === 'plane' ? new cannon.Plane() : new cannon.Sphere(reachOf(shape) + NEAR);
}

/** The distance of a shape's farthest point from its centre, m. */
function reachOf(shape: SceneShape): number {
  switch (shape.kind) {
    case 'sphere':
      return shape.radius;
    case 'box': {
      const [x, y, z] = shape.halfExtents;
      return Math.sqrt(x * x + y * y + z * z);
    }
    case 'capsule':
      return shape.radius + shape.halfLength;
    case 'plane':
      return Infinity;
  }
}

/** Moments of inertia of a solid sphere (2/5 m r²), box (m/3 (b² + c²) with half-edges b, c) or capsule, kg m². */
function principalMoments(shape: SceneShape, mass: number): cannon.Vec3 {
  switch (shape.kind) {
    case 'sphere': {
      const moment = (2 / 5) * mass * shape.radius * shape.radius;
      return new cannon.Vec3(moment, moment, moment);
    }
    case 'box': {
      const [x, y, z] = shape.halfExtents.map((half) => half * half) as [number, number, number];
      return new cannon.Vec3((mass / 3) * (y + z), (mass / 3) * (x + z), (mass / 3) * (x + y));
    }
    case 'capsule': {
      // A cylinder and two half-balls of one density, whose centres of mass lie 3/8 r beyond its ends.
      const { radius: r, halfLength: h } = shape;
      const cylinder = (mass * 2 * h) / (2 * h + (4 / 3) * r);
      const ball = mass - cylinder;
      const about =
        cylinder * ((r * r) / 4 + (h * h) / 3) + ball * ((2 / 5) * r * r + h * h + (3 / 4) * h * r);
      return new cannon.Vec3(about, about, ((cylinder / 2) * r + (2 / 5) * ball * r) * r);
    }
    case 'plane':
      return new cannon.Vec3();
  }
}

/**
 * Free motion of a body with two equal moments, exactly: it spins about its axis of symmetry, which turns about the
 * angular momentum (Landau & Lifshitz, "Mechanics", section 33).
 * @param axis index of the axis of symmetry; `own` is the moment about it, `across` those of the others, kg m²
 */
function precess(
  q: cannon.Quaternion,
  momentum: cannon.Vec3,
  axis: number,
  own: number,
  across: number,
  dt: number,
): void {
  const r = rotationMatrix(q, rotation);
  const [x, y, z] = [r[axis]!, r[3 + axis]!, r[6 + axis]!];
  const spin = (1 / own - 1 / across) * (momentum.x * x + momentum.y * y + momentum.z * z);
  turnBy(q, mean.set(spin * x, spin * y, spin * z), dt);
  turnBy(q, mean.set(momentum.x / across, momentum.y / across, momentum.z / across), dt);
}

/** The rotation matrix of a unit quaternion, row-major, into `out`. */
export function rotationMatrix({ x, y, z, w }: cannon.Quaternion, out: Float64Array): Float64Array {
  out[0] = 1 - 2 * (y * y + z * z);
  out[1] = 2 * (x * y - z * w);
  out[2] = 2 * (x * z + y * w);
  out[3] = 2 * (x * y + z * w);
  out[4] = 1 - 2 * (x * x + z * z);
  out[5] = 2 * (y * z - x * w);
  out[6] = 2 * (x * z - y * w);
  out[7] = 2 * (y * z + x * w);
  out[8] = 1 - 2 * (x * x + y * y);
  return out;
}

/** Turns `q` by the rotation vector `w * dt` (exponential map). */
export function turnBy(q: cannon.Quaternion, w: cannon.Vec3, dt: number): void {
  const speed = Math.sqrt(w.x * w.x + w.y * w.y + w.z * w.z);
  if (speed === 0) return;
  const half = (speed * dt) / 2;
  turn(q, w, sine(half) / speed, cosine(half));
}

/** The same for angles up to 0.2, by series whose first term left out is below 1e-16. */
function turnSlightly(q: cannon.Quaternion, w: cannon.Vec3, dt: number): void {
  const h = ((w.x * w.x + w.y * w.y + w.z * w.z) * dt * dt) / 4;
  const sine = (dt / 2) * (1 - (h / 6) * (1 - (h / 20) * (1 - (h / 42) * (1 - h / 72))));
  turn(q, w, sine, 1 - (h / 2) * (1 - (h / 12) * (1 - (h / 30) * (1 - h / 56))));
}

/** Turns `q` by the unit quaternion (s w, c). */
function turn(q: cannon.Quaternion, w: cannon.Vec3, s: number, c: number): void {
  const ax = w.x * s;
  const ay = w.y * s;
  const az = w.z * s;
  const { x, y, z, w: r } = q;
  q.set(
    c * x + ax * r + ay * z - az * y,
    c * y + ay * r + az * x - ax * z,
    c * z + az * r + ax * y - ay * x,
    c * r - ax * x - ay * y - az * z,
  );
  const norm = 1 / Math.sqrt(q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w);
  q.set(q.x * norm, q.y * norm, q.z * norm, q.w * norm);
}

/** m v, into `out`. */
function multiply(m: Float64Array, { x, y, z }: cannon.Vec3, out: cannon.Vec3): cannon.Vec3 {
  out.x = m[0]! * x + m[1]! * y + m[2]! * z;
  out.y = m[3]! * x + m[4]! * y + m[5]! * z;
  out.z = m[6]! * x + m[7]! * y + m[8]! * z;
  return out;
}

/** Inverse of the symmetric matrix `m` over the free axes, 0 elsewhere, into `out`. */
function restrictedInverse(m: Float64Array, free: cannon.Vec3, out: Float64Array): Float64Array {
  const [x, y, z] = [free.x !== 0, free.y !== 0, free.z !== 0];
  const a = x ? m[0]! : 1;
  const d = y ? m[4]! : 1;
  const f = z ? m[8]! : 1;
  const b = x && y ? m[1]! : 0;
  const c = x && z ? m[2]! : 0;
  const e = y && z ? m[5]! : 0;
  const [c00, c01, c02] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const scale = 1 / (a * c00 + b * c01 + c * c02);
  out[0] = x ? c00 * scale : 0;
  out[4] = y ? (a * f - c * c) * scale : 0;
  out[8] = z ? (a * d - b * b) * scale : 0;
  out[1] = out[3] = x && y ? c01 * scale : 0;
  out[2] = out[6] = x && z ? c02 * scale : 0;
  out[5] = out[7] = y && z ? (b * c - a * e) * scale : 0;
  return out;
}
