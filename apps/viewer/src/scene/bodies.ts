/** Meshes for the bodies of a scene, and the ghosts of those that a prediction places. */
import type { Body, Scene as OrreryScene } from '@orrery/scene';
import {
  BoxGeometry,
  CapsuleGeometry,
  Color,
  FrontSide,
  Mesh,
  MeshLambertMaterial,
  Plane,
  PlaneGeometry,
  Quaternion,
  ShaderMaterial,
  SphereGeometry,
  Vector3,
  type BufferGeometry,
} from 'three';
import { applyPattern, sceneColor } from './pattern.ts';
import type { Bounds } from './viewpoints.ts';

/** One mesh a body, in the order of the scene; invisible planes are faint, other invisible bodies have none. */
export function createBodies(scene: OrreryScene, bounds: Bounds): (Mesh | undefined)[] {
  const planes = scene.bodies.map(halfSpace);
  const center = new Vector3(...bounds.min).add(new Vector3(...bounds.max)).multiplyScalar(0.5);
  const reach = 1.5 * new Vector3(...bounds.min).distanceTo(new Vector3(...bounds.max));
  return scene.bodies.map((body, index) => {
    if (body.shape.kind !== 'plane') return body.visible ? createSolid(body) : undefined;
    const walls = planes.filter((plane, other): plane is Plane => plane !== undefined && other !== index);
    // A floor goes on beyond the scene; what only hints at an invisible wall does not.
    return createPlane(body, center, reach, body.visible ? walls : [...walls, ...boxSides(bounds)]);
  });
}

function createSolid(body: Body): Mesh {
  const material = new MeshLambertMaterial({ color: sceneColor(body.color) });
  applyPattern(material, body);
  const mesh = new Mesh(geometryOf(body), material);
  mesh.castShadow = true;
  mesh.receiveShadow = true;
  return mesh;
}

/** The part of a plane that is near the scene and in front of the other planes; seen from behind it is not there. */
function createPlane(body: Body, center: Vector3, reach: number, walls: readonly Plane[]): Mesh {
  const material = new MeshLambertMaterial({
    color: body.visible ? sceneColor(body.color) : new Color(0x8090a4),
    side: FrontSide,
    transparent: true,
    opacity: body.visible ? 1 : 0.07,
    depthWrite: body.visible,
    clippingPlanes: walls.map((wall) => wall.clone().translate(wall.normal.clone().multiplyScalar(-1e-3))),
  });
  // The origin of the plane may be far from the scene: the picture's fading starts where the scene is.
  const turned = new Quaternion(...body.quaternion);
  const local = center
    .clone()
    .sub(new Vector3(...body.position))
    .applyQuaternion(turned.clone().invert());
  const geometry = new PlaneGeometry(2, 2).scale(reach + local.length(), reach + local.length(), 1);
  applyPattern(material, body, reach + local.length());
  const mesh = new Mesh(geometry, material);
  mesh.receiveShadow = body.visible;
  mesh.renderOrder = body.visible ? 0 : 2;
  return mesh;
}

/** The half-spaces whose intersection is the box. */
function boxSides({ min, max }: Bounds): Plane[] {
  return [0, 1, 2].flatMap((axis) => {
    const inwards = new Vector3().setComponent(axis, 1);
    return [new Plane(inwards, -min[axis]), new Plane(inwards.clone().negate(), max[axis])];
  });
}

function halfSpace(body: Body): Plane | undefined {
  if (body.shape.kind !== 'plane') return undefined;
  const normal = new Vector3(0, 0, 1).applyQuaternion(new Quaternion(...body.quaternion));
  return new Plane().setFromNormalAndCoplanarPoint(normal, new Vector3(...body.position));
}

function geometryOf({ shape }: Body): BufferGeometry {
  if (shape.kind === 'sphere') return new SphereGeometry(shape.radius, 48, 32);
  if (shape.kind === 'box')
    return new BoxGeometry(...(shape.halfExtents.map((half) => 2 * half) as [number, number, number]));
  if (shape.kind === 'capsule')
    return new CapsuleGeometry(shape.radius, 2 * shape.halfLength, 16, 48).rotateX(Math.PI / 2);
  throw new Error(`shape "${shape.kind}": it has no closed surface; draw it as a plane`);
}

/** A glass-like body: clear in the middle and bright at the rim, so that the solid truth behind it stays readable. */
export function createGhost(body: Body): Mesh {
  const material = new ShaderMaterial({
    uniforms: {
      color: { value: sceneColor(body.color) },
      rim: { value: new Color() },
    },
    vertexShader: /* glsl */ `
      varying vec3 seenNormal;
      varying vec3 toEye;
      void main() {
        vec4 seen = modelViewMatrix * vec4(position, 1.0);
        seenNormal = normalMatrix * normal;
        toEye = isOrthographic ? vec3(0.0, 0.0, 1.0) : -seen.xyz;
        gl_Position = projectionMatrix * seen;
      }`,
    fragmentShader: /* glsl */ `
      varying vec3 seenNormal;
      varying vec3 toEye;
      uniform vec3 color;
      uniform vec3 rim;
      void main() {
        float grazing = 1.0 - abs(dot(normalize(seenNormal), normalize(toEye)));
        float edge = smoothstep(0.55, 0.95, grazing);
        gl_FragColor = vec4(mix(color, rim, edge), mix(0.28, 0.95, edge));
        #include <colorspace_fragment>
      }`,
    transparent: true,
    depthWrite: false,
  });
  const mesh = new Mesh(geometryOf(body), material);
  mesh.renderOrder = 3;
  return mesh;
}

/** Frees what a mesh holds on the GPU. */
export function disposeMesh(mesh: Mesh): void {
  mesh.geometry.dispose();
  for (const material of Array.isArray(mesh.material) ? mesh.material : [mesh.material]) material.dispose();
}
