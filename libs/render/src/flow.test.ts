import type { Camera, Scene, Vec3 } from '@orrery/scene';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRenderer, opticalFlow, project, unproject } from './index.ts';
import {
  balls,
  box,
  capsules,
  CORNER,
  FRONT,
  indexOf,
  makeScene,
  posesOf,
  room,
  sphere,
} from './scenes.fixture.ts';

const SIZE = { width: 64, height: 64 };
type Poses = ReturnType<typeof posesOf>;

function flowOf(scene: Scene, poses: Poses, next: Poses, size = SIZE) {
  const frame = createRenderer(scene, size).render(poses);
  return { frame, flow: opticalFlow(scene.camera, frame, poses, next) };
}

/** v turned by q: the sandwich product, written out as quaternions. */
function turn(v: Vec3, q: number[]): Vec3 {
  const length = Math.hypot(...q);
  const [x, y, z, w] = q.map((c) => c / length) as [number, number, number, number];
  const times = ([a, b, c, d]: number[], [e, f, g, h]: number[]) => [
    d! * e! + a! * h! + b! * g! - c! * f!,
    d! * f! - a! * g! + b! * h! + c! * e!,
    d! * g! + a! * f! - b! * e! + c! * h!,
    d! * h! - a! * e! - b! * f! - c! * g!,
  ];
  return times(times([x, y, z, w], [...v, 0]), [-x, -y, -z, w]).slice(0, 3) as Vec3;
}

const of = (values: ArrayLike<number>, n: number, size: number) =>
  Array.from({ length: size }, (_, k) => values[size * n + k]!);

/** Where a point of body n, which is at `point` with the first poses, is with the next. */
function carry(point: Vec3, n: number, from: Poses, to: Poses): Vec3 {
  const [p, q] = [of(from.position, n, 3), of(from.quaternion, n, 4)];
  const offset = point.map((c, k) => c - p[k]!) as Vec3;
  const local = turn(offset, [-q[0]!, -q[1]!, -q[2]!, q[3]!]);
  const there = of(to.position, n, 3);
  return turn(local, of(to.quaternion, n, 4)).map((c, k) => c + there[k]!) as Vec3;
}

/** Poses with every moving body moved by up to `step` m and turned by up to half a radian. */
function shaken(scene: Scene, values: readonly number[], step = 0.3): Poses {
  const poses = posesOf(scene);
  let used = 0;
  const next = () => values[used++ % values.length]!;
  scene.bodies.forEach((body, n) => {
    if (body.mass === 0) return;
    for (let k = 0; k < 3; k++) poses.position[3 * n + k]! += step * next();
    for (let k = 0; k < 4; k++) poses.quaternion[4 * n + k]! += 0.25 * next();
  });
  return poses;
}

describe('agrees with projecting the surface point of each pixel before and after', () => {
  test.each([
    ['balls', balls],
    ['a room in perspective', room],
    ['capsules', capsules],
    ['capsules in perspective', { ...capsules, camera: CORNER }],
  ] as const)('%s', (_, scene) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 11, maxLength: 11 }),
        (values) => {
          const from = posesOf(scene);
          const to = shaken(scene, values);
          const { frame, flow } = flowOf(scene, from, to);
          for (let p = 0; p < 64 * 64; p += 7) {
            const n = frame.segmentation[p]! - 1;
            const [x, y] = [(p % 64) + 0.5, Math.floor(p / 64) + 0.5];
            if (n < 0) {
              expect([flow[2 * p], flow[2 * p + 1]]).toEqual([0, 0]);
              continue;
            }
            const point = unproject(scene.camera, 64, 64, x, y, frame.depth[p]!);
            const there = project(scene.camera, 64, 64, carry(point, n, from, to));
            // float32 holds depth to 1e-7 of metres, and flow to 1e-7 of pixels.
            expect(Math.abs(flow[2 * p]! - (there.x - x))).toBeLessThan(1e-4);
            expect(Math.abs(flow[2 * p + 1]! - (there.y - y))).toBeLessThan(1e-4);
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});

test('a ball that moves: 16 pixels a metre, x to the right, y down', () => {
  const next = posesOf(balls, { red: { position: [-0.83 + 0.25, 0, 1.21 + 0.125] } });
  const { frame, flow } = flowOf(balls, posesOf(balls), next);
  const red = indexOf(balls, 'red') + 1;
  frame.segmentation.forEach((id, p) => {
    expect(flow[2 * p]).toBeCloseTo(id === red ? 4 : 0, 5);
    expect(flow[2 * p + 1]).toBeCloseTo(id === red ? -2 : 0, 5);
  });
});

test('what comes nearer spreads from the centre, as depth says', () => {
  // A wide box ahead at depth 3 m comes to 2 m: what is seen at x from the middle goes to 3/2 x.
  const camera: Camera = { ...CORNER, position: [0, 0, 0], target: [0, 1, 0] };
  const scene = makeScene([box('wall', [5, 0.5, 5], [0, 3.5, 0])], { camera });
  const { flow } = flowOf(scene, posesOf(scene), posesOf(scene, { wall: { position: [0, 2.5, 0] } }));
  for (const [column, row] of [
    [0, 0],
    [31, 40],
    [63, 10],
  ] as const) {
    const p = row * 64 + column;
    expect(flow[2 * p]).toBeCloseTo((column + 0.5 - 32) / 2, 4);
    expect(flow[2 * p + 1]).toBeCloseTo((row + 0.5 - 32) / 2, 4);
  }
});

test('follows a corner of a pattern that turns, by finite differences of pictures', () => {
  // White octants on black: on the ball's front the middle of the four quadrants is where local x and z are 0.
  const even = {
    light: { direction: [0, 1, 0] as Vec3, intensity: 0, ambient: 1 },
    background: [0.5, 0.5, 0.5] as Vec3,
  };
  const pattern = { kind: 'checker' as const, color: [1, 1, 1] as Vec3, size: 1 };
  const scene = makeScene([sphere('ball', 1.5, [0, 0, 2], { color: [0, 0, 0], pattern })], even);
  const size = { width: 256, height: 256 };
  const about = (axis: number, angle: number) => {
    const quaternion = [0, 0, 0, Math.cos(angle / 2)];
    quaternion[axis] = Math.sin(angle / 2);
    return posesOf(scene, { ball: { quaternion } });
  };
  /** Where the vertical edge of the pattern crosses row 120, and the horizontal one column 120, to a part of a pixel. */
  const corner = (poses: Poses): [number, number] => {
    const { rgb } = createRenderer(scene, size).render(poses);
    // Linear light below the code 128 is about a fifth: an edge is where the mean of a run changes; take the crossing.
    const at = (column: number, row: number) => rgb[3 * (row * 256 + column)]!;
    const edge = (line: (i: number) => number) => {
      for (let i = 60; i < 196; i++) {
        const mixed = line(i);
        if (mixed === 0 || mixed === 255) {
          if (line(i - 1) !== mixed && (line(i - 1) === 0 || line(i - 1) === 255)) return i;
          continue;
        }
        const share = mixed / 255 <= 0.04045 ? mixed / 255 / 12.92 : ((mixed / 255 + 0.055) / 1.055) ** 2.4;
        return line(i - 1) === 255 ? i + share : i + 1 - share;
      }
      throw new Error('no edge');
    };
    return [edge((i) => at(i, 118)), edge((i) => at(118, i))];
  };
  const angle = 0.02;
  for (const axis of [0, 2]) {
    const [x0, y0] = corner(about(axis, 0));
    const [x1, y1] = corner(about(axis, angle));
    const { flow } = flowOf(scene, about(axis, 0), about(axis, angle), size);
    const p = 128 * 256 + 128;
    expect(flow[2 * p]).toBeCloseTo(x1 - x0, 1);
    expect(flow[2 * p + 1]).toBeCloseTo(y1 - y0, 1);
    // 1.5 m of radius at 64 pixels a metre; the front of the ball faces -y.
    const speed = 1.5 * 64 * Math.sin(angle);
    expect(flow[2 * p]).toBeCloseTo(axis === 2 ? speed : 0, 1);
    expect(flow[2 * p + 1]).toBeCloseTo(axis === 0 ? speed : 0, 1);
  }
});

test('bodies at rest have none, to the last bit, and those that leave the picture keep theirs', () => {
  const from = posesOf(room);
  const next = posesOf(room, { beach: { position: [-40, 0, 1.2] } });
  const { frame, flow } = flowOf(room, from, next);
  const beach = indexOf(room, 'beach') + 1;
  frame.segmentation.forEach((id, p) => {
    if (id !== beach) expect([flow[2 * p], flow[2 * p + 1]]).toEqual([0, 0]);
    else expect(Math.abs(flow[2 * p]!)).toBeGreaterThan(100);
  });
});

test('what passes behind the camera has no place in the picture: 0, never NaN', () => {
  const scene = { ...balls, camera: CORNER };
  const next = posesOf(scene, { red: { position: [4, -20, 4] } });
  const { flow } = flowOf(scene, posesOf(scene), next);
  expect(flow.every((value) => value === 0)).toBe(true);
});

test('into an array that was used before, and never into one of another length', () => {
  const [from, to] = [posesOf(balls), shaken(balls, [0.3, -0.6, 0.9, 0.1])];
  const { frame, flow } = flowOf(balls, from, to);
  const into = new Float32Array(2 * 64 * 64).fill(7);
  expect(opticalFlow(FRONT, frame, from, to, into)).toBe(into);
  expect(into).toEqual(flow);
  expect(() => opticalFlow(FRONT, frame, from, to, new Float32Array(64 * 64))).toThrow(
    'flow: 4096 values given for 64x64x2; give 8192',
  );
  expect(() => opticalFlow(FRONT, frame, from, posesOf(room))).toThrow('give the same bodies');
});
