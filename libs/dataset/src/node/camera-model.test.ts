import { project } from '@orrery/render';
import { cameraSchema, type Camera } from '@orrery/scene';
import { expect, test } from 'vitest';
import { cameraModel } from './camera-model.ts';

const place = { position: [3, -5, 2], target: [0.5, 1, 0.25] };
const cameras: Camera[] = [
  cameraSchema.parse({ kind: 'perspective', ...place, fieldOfView: 50 }),
  cameraSchema.parse({ kind: 'orthographic', ...place, height: 4 }),
];

test.each(cameras)(
  'the matrices of a $kind camera put world points where the renderer draws them',
  (camera) => {
    const { kind, intrinsics, pose } = cameraModel(camera, 48, 32);
    for (const point of [
      [0, 0, 0],
      [1, 2, 3],
      [-1, 0.5, 0.25],
    ] as const) {
      // The inverse of a rigid motion: R transposed, applied to p - t.
      const offset = point.map((p, i) => p - pose[i]![3]!);
      const [x, y, z] = [0, 1, 2].map((axis) =>
        offset.reduce((sum, o, i) => sum + pose[i]![axis]! * o, 0),
      ) as [number, number, number];
      const ray = kind === 'perspective' ? [x / z, y / z, 1] : [x, y, 1];
      const [u, v] = intrinsics.map((row) => row.reduce((sum, k, i) => sum + k * ray[i]!, 0));
      const drawn = project(camera, 48, 32, [...point]);
      expect(u).toBeCloseTo(drawn.x, 10);
      expect(v).toBeCloseTo(drawn.y, 10);
      expect(z).toBeCloseTo(drawn.depth, 10);
    }
  },
);
