/** Rapier, compiled to WebAssembly, with continuous collision detection. */
import type RapierModule from '@dimforge/rapier3d-compat';
import type { Body, Shape } from '@orrery/scene';
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
      if (scene.joints.length > 0 || scene.bodies.some(hasBelt)) return undefined;
      const [x, y, z] = scene.gravity;
      const world = new rapier.World({ x, y, z });
      world.timestep = scene.dt / scene.substeps;
      const material = pairMaterial(scene);
      const bodies = scene.bodies.map((body) => addBody(rapier, world, body, material));
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
