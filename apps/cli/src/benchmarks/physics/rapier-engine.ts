/** Rapier, compiled to WebAssembly, with continuous collision detection. */
import type RapierModule from '@dimforge/rapier3d-compat';
import type { Body, Joint, Scene, Shape } from '@orrery/scene';
import { hasBelt, missingPeer, pairMaterial, type Engine, type Vector } from './engine.ts';

type Rapier = typeof RapierModule;

/** @throws Error where the package is not installed */
export async function loadRapier(): Promise<Engine> {
  const { default: rapier } = await import('@dimforge/rapier3d-compat').catch((error: unknown) => {
    throw missingPeer('@dimforge/rapier3d-compat', error);
  });
  await rapier.init();
  return {
    name: 'rapier',
    version: rapier.version(),
    setting: 'defaults, no sleeping, CCD for every moving body',
    start(scene) {
      // Its rope only limits a distance.
      if (scene.joints.some(({ kind }) => kind === 'distance') || scene.bodies.some(hasBelt))
        return undefined;
      const [x, y, z] = scene.gravity;
      const world = new rapier.World({ x, y, z });
      world.timestep = scene.dt / scene.substeps;
      const material = pairMaterial(scene);
      const bodies = scene.bodies.map((body) => addBody(rapier, world, body, material));
      for (const joint of scene.joints) addJoint(rapier, world, joint, scene, bodies);
      return {
        step() {
          for (let i = 0; i < scene.substeps; i++) world.step();
        },
        position: (body) => vector(bodies[body]!.translation()),
        velocity: (body) => vector(bodies[body]!.linvel()),
        spin: (body) => vector(bodies[body]!.angvel()),
        close: () => world.free(),
      };
    },
  };
}

const vector = ({ x, y, z }: { x: number; y: number; z: number }): Vector => [x, y, z];

function addBody(
  rapier: Rapier,
  world: RapierModule.World,
  body: Body,
  material: ReturnType<typeof pairMaterial>,
) {
  const { RigidBodyDesc } = rapier;
  const { mass, position, velocity } = body;
  const [x, y, z, w] = body.quaternion;
  const [wx, wy, wz] = body.angularVelocity;
  const description = (mass === 0 ? RigidBodyDesc.fixed() : RigidBodyDesc.dynamic().setCcdEnabled(true))
    .setTranslation(...position)
    .setRotation({ x, y, z, w })
    .setLinvel(...velocity)
    .setAngvel({ x: wx, y: wy, z: wz })
    .setCanSleep(false);
  const made = world.createRigidBody(description);
  const collider = new rapier.ColliderDesc(toRapier(rapier, body.shape))
    .setRestitution(material.restitution)
    .setFriction(material.friction)
    .setRestitutionCombineRule(rapier.CoefficientCombineRule.Min)
    .setFrictionCombineRule(rapier.CoefficientCombineRule.Min);
  if (mass > 0) collider.setMass(mass);
  // A capsule lies along y there and along z here.
  if (body.shape.kind === 'capsule') collider.setRotation({ x: Math.SQRT1_2, y: 0, z: 0, w: Math.SQRT1_2 });
  world.createCollider(collider, made);
  return made;
}

function addJoint(
  { JointData, RigidBodyDesc }: Rapier,
  world: RapierModule.World,
  joint: Joint,
  scene: Scene,
  bodies: readonly RapierModule.RigidBody[],
): void {
  const named = (name: string) => bodies[scene.bodies.findIndex((body) => body.name === name)]!;
  const a = joint.bodyA === null ? world.createRigidBody(RigidBodyDesc.fixed()) : named(joint.bodyA);
  const [anchorA, anchorB] = [toVector(joint.anchorA), toVector(joint.anchorB)];
  const data =
    joint.kind === 'hinge'
      ? JointData.revolute(anchorA, anchorB, toVector(joint.axis))
      : JointData.spherical(anchorA, anchorB);
  world.createImpulseJoint(data, a, named(joint.bodyB), true).setContactsEnabled(false);
}

const toVector = ([x, y, z]: Vector) => ({ x, y, z });

function toRapier(rapier: Rapier, shape: Shape) {
  switch (shape.kind) {
    case 'sphere':
      return new rapier.Ball(shape.radius);
    case 'box':
      return new rapier.Cuboid(...shape.halfExtents);
    case 'plane':
      return new rapier.HalfSpace({ x: 0, y: 0, z: 1 });
    case 'capsule':
      return new rapier.Capsule(shape.halfLength, shape.radius);
  }
}
