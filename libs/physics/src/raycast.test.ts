import { axisAngle, parseScene, type Quaternion, type Scene, type Vec3 } from '@orrery/scene';
import * as cannon from 'cannon-es';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RigidBody } from './body.ts';
import { mechanics } from './mechanics.fixture.ts';
import { castRay, type Hit } from './raycast.ts';

type Shape = Scene['bodies'][number]['shape'];

const bodyOf = (shape: Shape, position: Vec3, quaternion: Quaternion) =>
  new RigidBody(parseScene(mechanics([{ shape, mass: 0, position, quaternion }])).bodies[0]!);

/** Signed distance of a point in the body's frame from its surface, by the formulas of Quilez. */
function depth(shape: Shape, { x, y, z }: cannon.Vec3): number {
  switch (shape.kind) {
    case 'plane':
      return z;
    case 'sphere':
      return Math.hypot(x, y, z) - shape.radius;
    case 'capsule':
      return Math.hypot(x, y, Math.max(Math.abs(z) - shape.halfLength, 0)) - shape.radius;
    case 'box': {
      const q = [x, y, z].map((c, i) => Math.abs(c) - shape.halfExtents[i]!);
      return Math.hypot(...q.map((c) => Math.max(c, 0))) + Math.min(Math.max(...q), 0);
    }
  }
}

const real = (size: number) => fc.double({ min: -size, max: size, noNaN: true });
const vector = (size: number) => fc.tuple(real(size), real(size), real(size));
const direction = vector(1).filter((v) => Math.hypot(...v) > 0.1);

test.each<[string, Shape]>([
  ['a plane', { kind: 'plane' }],
  ['a sphere', { kind: 'sphere', radius: 0.8 }],
  ['a box', { kind: 'box', halfExtents: [0.4, 0.9, 0.6] }],
  ['a capsule', { kind: 'capsule', radius: 0.4, halfLength: 0.7 }],
])('a ray meets %s where it first enters it', (_, shape) => {
  let hits = 0;
  fc.assert(
    fc.property(vector(1), direction, real(3), vector(2), vector(0.8), (position, axis, angle, from, aim) => {
      const body = bodyOf(shape, position, axisAngle(axis, angle));
      const origin = new cannon.Vec3(...from);
      // Towards the body or past it.
      const ray = body.position
        .vadd(new cannon.Vec3(...aim))
        .vsub(origin)
        .unit();
      const depthAt = (t: number) => depth(shape, body.pointToLocalFrame(origin.addScaledVector(t, ray)));
      const hit: Hit = { distance: NaN, normal: new cannon.Vec3() };
      const met = castRay(body, origin, ray, 4, hit);
      if (depthAt(0) < 0) {
        expect(met).toBe(false);
        return;
      }
      const end = met ? hit.distance : 4;
      const before = Array.from({ length: 200 }, (_, i) => depthAt((i / 200) * end));
      expect(Math.min(...before)).toBeGreaterThan(-1e-9);
      if (!met) return;
      hits++;
      expect(Math.abs(depthAt(end))).toBeLessThan(1e-9);
      // The normal is the gradient of the distance, by a difference quotient a little outside.
      const surface = origin.addScaledVector(end, ray);
      const outside = depth(shape, body.pointToLocalFrame(surface.addScaledVector(1e-3, hit.normal)));
      expect(outside).toBeCloseTo(1e-3, 9);
      expect(ray.dot(hit.normal)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 500, seed: 3 },
  );
  expect(hits).toBeGreaterThan(100);
});
