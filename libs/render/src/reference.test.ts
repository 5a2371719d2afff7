/**
 * The renderer against a second one that shares no code with it: world coordinates, rotation by quaternion products,
 * 16 x 16 samples in each pixel, every body tried by every ray, the engine's own tan and pow.
 */
import type { Body, Scene, Vec3 } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { createRenderer } from './index.ts';
import {
  arena,
  balls,
  box,
  capsule,
  capsules,
  CORNER,
  FRONT,
  makeScene,
  plane,
  posesOf,
  room,
  sphere,
} from './scenes.fixture.ts';

type Poses = ReturnType<typeof posesOf>;

const GRID = 16;
const add = (a: Vec3, b: Vec3, s = 1): Vec3 => [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];
const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
const unit = (a: Vec3) => scale(a, 1 / Math.hypot(...a));
/** v turned by q: v + 2 u x (u x v + w v). */
const turn = (v: Vec3, [x, y, z, w]: number[]): Vec3 => {
  const u: Vec3 = [x, y, z];
  return add(v, cross(u, add(cross(u, v), v, w)), 2);
};

/** A body where it is: its centre, its axes in the world, and what the scene says of it. */
interface Placed {
  body: Body;
  index: number;
  centre: Vec3;
  axes: [Vec3, Vec3, Vec3];
}

function placeAll(scene: Scene, poses: Poses): Placed[] {
  return scene.bodies
    .map((body, index): Placed => {
      const raw = [...poses.quaternion.slice(4 * index, 4 * index + 4)];
      const q = raw.map((v) => v / Math.hypot(...raw));
      const centre = [...poses.position.slice(3 * index, 3 * index + 3)] as Vec3;
      return { body, index, centre, axes: [turn([1, 0, 0], q), turn([0, 1, 0], q), turn([0, 0, 1], q)] };
    })
    .filter(({ body }) => body.visible);
}

/** Where the ray enters the body, in units of its direction; NaN or what is not positive where it does not. */
function enter({ body: { shape }, centre, axes }: Placed, from: Vec3, along: Vec3): number {
  const offset = add(from, centre, -1);
  if (shape.kind === 'sphere') {
    const b = dot(offset, along);
    const a = dot(along, along);
    return (-b - Math.sqrt(b * b - a * (dot(offset, offset) - shape.radius ** 2))) / a;
  }
  if (shape.kind === 'plane') {
    const towards = dot(along, axes[2]);
    return towards > -1e-9 ? NaN : -dot(offset, axes[2]) / towards;
  }
  if (shape.kind === 'capsule') {
    // The union of two balls and the cylinder between them, which is entered before the balls where it is.
    const { radius, halfLength } = shape;
    const nearest = (d: Vec3, o: Vec3) => {
      const [a, b] = [dot(d, d), dot(d, o)];
      return (-b - Math.sqrt(b * b - a * (dot(o, o) - radius ** 2))) / a;
    };
    const t = nearest(cross(along, axes[2]), cross(offset, axes[2]));
    if (Number.isNaN(t)) return NaN;
    if (Math.abs(dot(add(offset, along, t), axes[2])) <= halfLength) return t;
    const ends = [-halfLength, halfLength].map((end) => nearest(along, add(offset, axes[2], -end)));
    const entered = ends.filter((entry) => !Number.isNaN(entry));
    return entered.length > 0 ? Math.min(...entered) : NaN;
  }
  const o: Vec3 = [dot(offset, axes[0]), dot(offset, axes[1]), dot(offset, axes[2])];
  const d: Vec3 = [dot(along, axes[0]), dot(along, axes[1]), dot(along, axes[2])];
  // The face in front along each axis: the point on it must lie in its rectangle.
  for (let k = 0; k < 3; k++) {
    const t = ((d[k] > 0 ? -1 : 1) * shape.halfExtents[k] - o[k]) / d[k];
    const [i, j] = [(k + 1) % 3, (k + 2) % 3];
    if (
      Math.abs(o[i] + t * d[i]) <= shape.halfExtents[i] &&
      Math.abs(o[j] + t * d[j]) <= shape.halfExtents[j]
    )
      return t;
  }
  return NaN;
}

function shade(
  scene: Scene,
  placed: Placed[],
  from: Vec3,
  along: Vec3,
): { color: Vec3; depth: number; id: number } {
  let depth = Infinity;
  let hit: Placed | undefined;
  for (const one of placed) {
    const t = enter(one, from, along);
    if (t > 0 && t < depth) [depth, hit] = [t, one];
  }
  if (hit === undefined) return { color: scene.background, depth, id: 0 };
  const { shape, color, pattern } = hit.body;
  const point = add(from, along, depth);
  const offset = add(point, hit.centre, -1);
  const local = hit.axes.map((axis) => dot(offset, axis)) as Vec3;
  let normal = hit.axes[2];
  let across = 2;
  if (shape.kind === 'sphere') normal = scale(offset, 1 / shape.radius);
  if (shape.kind === 'capsule') {
    const along = Math.sign(local[2]) * Math.min(Math.abs(local[2]), shape.halfLength);
    normal = unit(add(offset, hit.axes[2], -along));
  }
  if (shape.kind === 'box') {
    const depths = local.map((v, k) => Math.abs(v) / shape.halfExtents[k]);
    across = depths.indexOf(Math.max(...depths));
    normal = scale(hit.axes[across], Math.sign(local[across]));
  }
  const to = unit(scale(scene.light.direction, -1));
  const facing = dot(normal, to);
  const dark =
    scene.light.shadows &&
    placed.some((one) => one !== hit && one.body.shape.kind !== 'plane' && enter(one, point, to) > 0);
  let odd = false;
  if (pattern !== undefined) {
    const squares = local.filter((_, k) => k !== across).map((v) => Math.floor(v / pattern.size));
    const flat = shape.kind === 'box' || shape.kind === 'plane';
    odd = flat ? (squares[0] + squares[1]) % 2 !== 0 : local[0] * local[1] * local[2] < 0;
  }
  const strength = scene.light.ambient + (facing > 0 && !dark ? scene.light.intensity * facing : 0);
  return { color: scale(odd ? pattern!.color : color, strength), depth, id: hit.index + 1 };
}

function reference(scene: Scene, poses: Poses, size: number) {
  const { camera } = scene;
  const placed = placeAll(scene, poses);
  const forward = unit(add(camera.target, camera.position, -1));
  const right = unit(cross(forward, camera.up));
  const up = cross(right, forward);
  const extent =
    camera.kind === 'perspective' ? 2 * Math.tan((camera.fieldOfView / 360) * Math.PI) : camera.height;
  const look = (x: number, y: number) => {
    const offset = add(scale(right, (x / size - 0.5) * extent), up, (0.5 - y / size) * extent);
    return camera.kind === 'perspective'
      ? shade(scene, placed, camera.position, add(forward, offset))
      : shade(scene, placed, add(camera.position, offset), forward);
  };
  const encode = (v: number) =>
    255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * Math.min(1, v) ** (1 / 2.4) - 0.055);
  const rgb: number[] = [];
  const depth: number[] = [];
  const segmentation: number[] = [];
  for (let p = 0; p < size * size; p++) {
    const [column, row] = [p % size, Math.floor(p / size)];
    let sum: Vec3 = [0, 0, 0];
    for (let s = 0; s < GRID * GRID; s++) {
      const { color } = look(column + ((s % GRID) + 0.5) / GRID, row + (Math.floor(s / GRID) + 0.5) / GRID);
      sum = add(sum, color);
    }
    rgb.push(...scale(sum, 1 / (GRID * GRID)).map(encode));
    const centre = look(column + 0.5, row + 0.5);
    depth.push(centre.depth);
    segmentation.push(centre.id);
  }
  return { rgb, depth, segmentation };
}

const SIZE = 32;
const overlapping = makeScene([
  ...arena(),
  sphere('front', 0.45, [-0.2, -0.1, 2.2]),
  sphere('behind', 0.4, [0.25, 0.15, 1.9], { color: [0.1, 0.6, 0.2] }),
  sphere('touching', 0.3, [-1.7, 0.3, 0.3], { color: [0.9, 0.7, 0.1] }),
  sphere('leaving', 0.35, [2.05, 0, 3.1]),
]);
const turned = makeScene(
  [
    plane('floor', [0, 0, 0.3], { quaternion: [0.05, 0.1, 0, 0.99], color: [0.7, 0.7, 0.7] }),
    box('tower', [0.3, 0.3, 0.9], [-0.4, 0.2, 1.2], { quaternion: [0.05, 0.02, 0.3, 0.95] }),
    sphere('sunk', 0.5, [0.9, 0, 0.5]),
    sphere('high', 0.3, [0.6, -0.2, 2.3]),
  ],
  {
    camera: { ...FRONT, position: [2, -6, 5], up: [0.1, 0, 1] },
    light: { direction: [1, 0.5, -1.5], intensity: 0.6, ambient: 0.35 },
  },
);
const outdoors = makeScene(
  [
    plane('ground', [0, 0, 0], { color: [0.3, 0.5, 0.3] }),
    sphere('ball', 0.5, [0.3, 0, 0.5]),
    sphere('flying', 0.3, [-0.8, 1, 1.6], { color: [0.9, 0.9, 0.9] }),
  ],
  { camera: { ...CORNER, position: [0, -4, 1.2], target: [0, 0, 1.1] }, background: [0.3, 0.5, 0.9] },
);

const sunken = makeScene(
  [
    plane('ground', [0, 0, 0], { color: [0.3, 0.5, 0.3] }),
    capsule('post', 0.3, 0.8, [0.3, 0, 0.2], { quaternion: [0.3, 0.1, 0, 0.9] }),
    capsule('gone', 0.2, 0.5, [-0.5, 0.5, -0.9]),
    capsule('beside', 0.3, 1.5, [-1.6, -1, 1.6], { quaternion: [0.5, 0.5, 0.2, 0.7] }),
  ],
  { camera: { ...CORNER, position: [0, -4, 1.2], target: [0, 0, 1.1] }, background: [0.3, 0.5, 0.9] },
);

describe('agrees with a brute-force ray tracer', () => {
  // `loose` is the share of pixels that may differ by more than 2 of 255, and `worst` the most that any may. Spheres
  // before a plane are exact; where boxes, patterns and intersections meet, 32 samples stand against 256.
  test.each([
    ['balls', balls, 0.005, 4],
    ['balls that overlap, touch and leave', overlapping, 0.02, 8],
    ['a horizon', outdoors, 0.04, 5],
    ['a tilted view of a box and a sunken ball', turned, 0.05, 20],
    ['a room with strong patterns in all directions', room, 0.18, 16],
    ['capsules', capsules, 0.1, 11],
    ['capsules in perspective', { ...capsules, camera: CORNER }, 0.07, 9],
    ['a capsule that is sunk into the floor and leaves the picture', sunken, 0.08, 8],
  ])(
    '%s',
    (_, scene, loose, worst) => {
      const poses = posesOf(scene);
      const frame = createRenderer(scene, { width: SIZE, height: SIZE }).render(poses);
      const expected = reference(scene, poses, SIZE);
      expect([...frame.segmentation]).toEqual(expected.segmentation);
      let off = 0;
      let most = 0;
      for (let p = 0; p < SIZE * SIZE; p++) {
        if (expected.depth[p] < Infinity) expect(frame.depth[p] / expected.depth[p]).toBeCloseTo(1, 6);
        else expect(frame.depth[p]).toBe(Infinity);
        const error = Math.max(
          ...[0, 1, 2].map((k) => Math.abs(frame.rgb[3 * p + k] - expected.rgb[3 * p + k])),
        );
        if (error > 2) off++;
        most = Math.max(most, error);
      }
      expect(off / SIZE ** 2).toBeLessThanOrEqual(loose);
      expect(most).toBeLessThanOrEqual(worst);
    },
    60_000,
  );
});
