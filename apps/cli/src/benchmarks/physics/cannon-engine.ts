/** cannon-es as its documentation sets it up, without the damping that it has by default. */
import type { Body, Joint, Scene, Shape } from '@orrery/scene';
import type * as Cannon from 'cannon-es';
import { hasBelt, missingPeer, pairMaterial, type Engine } from './engine.ts';

/** @throws Error where the package is not installed */
export async function loadCannon(): Promise<Engine> {
  const cannon = await import('cannon-es').catch((error: unknown) => {
    throw missingPeer('cannon-es', error);
  });
  return {
    name: 'cannon-es',
    version: '0.20.0',
    setting:
      'World of the documentation, GSSolver with 50 iterations (10, the default, in timings), no damping, no sleeping, ' +
      'restitution and friction in the default contact material',
    start(scene, purpose) {
      if (!scene.joints.every(isPossible) || scene.bodies.some(hasBelt)) return undefined;
      const shapes = scene.bodies.map(({ shape }) => toCannon(cannon, shape));
      if (shapes.includes(undefined)) return undefined;
      const world = startWorld(cannon, scene, purpose === 'speed' ? 10 : 50);
      const bodies = scene.bodies.map((body, i) => addBody(cannon, world, body, shapes[i]!));
      for (const joint of scene.joints) addJoint(cannon, world, joint, scene, bodies);
      const step = scene.dt / scene.substeps;
      return {
        step() {
          for (let i = 0; i < scene.substeps; i++) world.step(step);
        },
        position: (body) => bodies[body]!.position.toArray(),
        velocity: (body) => bodies[body]!.velocity.toArray(),
        spin: (body) => bodies[body]!.angularVelocity.toArray(),
        close: () => {},
      };
    },
  };
}

function startWorld(cannon: typeof Cannon, scene: Scene, iterations: number) {
  const world = new cannon.World({ gravity: new cannon.Vec3(...scene.gravity) });
  (world.solver as Cannon.GSSolver).iterations = iterations;
  Object.assign(world.defaultContactMaterial, pairMaterial(scene));
  return world;
}

function addBody(
  cannon: typeof Cannon,
  world: Cannon.World,
  { mass, position, quaternion, velocity, angularVelocity }: Body,
  shape: Cannon.Shape,
) {
  const body = new cannon.Body({
    ...{ mass, shape, linearDamping: 0, angularDamping: 0 },
    position: new cannon.Vec3(...position),
    quaternion: new cannon.Quaternion(...quaternion),
    velocity: new cannon.Vec3(...velocity),
    angularVelocity: new cannon.Vec3(...angularVelocity),
  });
  world.addBody(body);
  return body;
}

/** cannon-es ties centres by a distance, not anchors. */
const isPossible = (joint: Joint): boolean =>
  joint.kind !== 'distance' || [...joint.anchorA, ...joint.anchorB].every((c) => c === 0);

function addJoint(
  cannon: typeof Cannon,
  world: Cannon.World,
  joint: Joint,
  scene: Scene,
  bodies: readonly Cannon.Body[],
): void {
  const named = (name: string) => bodies[scene.bodies.findIndex((body) => body.name === name)]!;
  let a: Cannon.Body;
  if (joint.bodyA === null) world.addBody((a = new cannon.Body({ mass: 0 })));
  else a = named(joint.bodyA);
  const b = named(joint.bodyB);
  const [pivotA, pivotB] = [new cannon.Vec3(...joint.anchorA), new cannon.Vec3(...joint.anchorB)];
  if (joint.kind === 'point') world.addConstraint(new cannon.PointToPointConstraint(a, pivotA, b, pivotB));
  else if (joint.kind === 'distance') world.addConstraint(new cannon.DistanceConstraint(a, b, joint.length));
  else {
    const axisA = new cannon.Vec3(...joint.axis);
    const axisB = new cannon.Quaternion(...joint.reference).conjugate().vmult(axisA);
    world.addConstraint(new cannon.HingeConstraint(a, b, { pivotA, pivotB, axisA, axisB }));
  }
}

/** undefined: cannon-es has no such shape. */
function toCannon(cannon: typeof Cannon, shape: Shape): Cannon.Shape | undefined {
  switch (shape.kind) {
    case 'sphere':
      return new cannon.Sphere(shape.radius);
    case 'box':
      return new cannon.Box(new cannon.Vec3(...shape.halfExtents));
    case 'plane':
      return new cannon.Plane();
    case 'capsule':
      return undefined;
  }
}
