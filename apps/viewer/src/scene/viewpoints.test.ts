import { sceneSchema } from '@orrery/scene';
import { PerspectiveCamera, Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { viewpoints } from '../view.ts';
import { placeCamera, sceneBounds } from './viewpoints.ts';

const material = { restitution: 1, friction: 0 };
const still = { mass: 0, material, color: [1, 1, 1] };
const h = Math.SQRT1_2;
const scene = sceneSchema.parse({
  name: 'arena',
  bodies: [
    {
      ...still,
      name: 'ball',
      shape: { kind: 'sphere', radius: 0.5 },
      position: [0, 0, 1],
      quaternion: [0, 0, 0, 1],
    },
    { ...still, name: 'floor', shape: { kind: 'plane' }, position: [0, 0, 0], quaternion: [0, 0, 0, 1] },
    { ...still, name: 'left', shape: { kind: 'plane' }, position: [-2, 0, 2], quaternion: [0, h, 0, h] },
    { ...still, name: 'far', shape: { kind: 'plane' }, position: [99, 0, 2], quaternion: [0, -h, 0, h] },
  ],
  gravity: [0, 0, -9.81],
  camera: { kind: 'orthographic', position: [0, -5, 2], target: [0, 0, 2], up: [0, 0, 1], height: 4 },
  light: { direction: [0, 1, -1], intensity: 1, ambient: 0.2, shadows: true },
  background: [0, 0, 0],
  dt: 0.05,
  substeps: 4,
  factors: {},
});
const planes = scene.bodies.slice(1).flatMap(({ position }) => position);
// The ball flies from (-1, 0, 1) to (1, 0.25, 3).
const position = [-1, 0, 1, ...planes, 1, 0.25, 3, ...planes];

it('the bounds are where bodies go, out to the walls that are near', () => {
  const { min, max } = sceneBounds(scene, position);
  expect(min).toEqual([-2, -0.5, 0]);
  expect(max).toEqual([1.5, 0.75, 3.5]);
});

describe('viewpoints', () => {
  const bounds = sceneBounds(scene, position);

  it('the camera’s own is the camera that rendered the frames', () => {
    const placement = placeCamera('camera', bounds, scene.camera, 1.5);
    expect(placement).toMatchObject({
      position: [0, -5, 2],
      projection: { kind: 'orthographic', height: 4 },
    });
    expect(placeCamera('camera', bounds, scene.camera, 0.5).projection).toMatchObject({ height: 8 });
  });

  it.each(
    viewpoints
      .filter((view) => view !== 'camera')
      .flatMap((view) => [0.5, 1, 2].map((aspect) => ({ view, aspect }))),
  )('$view at aspect $aspect sees all of the scene and fills the pane', ({ view, aspect }) => {
    const placement = placeCamera(view, bounds, scene.camera, aspect);
    if (placement.projection.kind !== 'perspective') throw new Error('a preset is perspective');
    const camera = new PerspectiveCamera(placement.projection.fieldOfView, aspect, 0.1, 100);
    camera.up.set(...placement.up);
    camera.position.set(...placement.position);
    camera.lookAt(new Vector3(...placement.target));
    camera.updateMatrixWorld();
    let extent = 0;
    for (const x of [bounds.min[0], bounds.max[0]])
      for (const y of [bounds.min[1], bounds.max[1]])
        for (const z of [bounds.min[2], bounds.max[2]]) {
          const seen = new Vector3(x, y, z).project(camera);
          extent = Math.max(extent, Math.abs(seen.x), Math.abs(seen.y));
        }
    expect(extent).toBeLessThan(1);
    expect(extent).toBeGreaterThan(0.85);
  });

  it('from above, +y is at the top', () => {
    const { position: eye, target } = placeCamera('top', bounds, scene.camera, 1);
    expect(eye[2]).toBeGreaterThan(bounds.max[2]);
    expect(eye[1]).toBeLessThan(target[1]);
  });
});
