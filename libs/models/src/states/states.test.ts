/** What models of states stand on: turns, changes, distances, and what must not depend on how bodies are listed. */
import { evaluate, input, type Tensor } from '@orrery/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gns, stateTransformer } from '../index.ts';
import { changeBetween, changed, coasted } from './change.ts';
import { BODY_SIZE, MOTION_SIZE } from './layout.ts';
import { picked, replaced } from './moving.ts';
import { clipFeeds, parameterFeeds, world } from './reference.fixture.ts';
import { meanWhere } from './prediction.ts';
import { separations } from './surfaces.ts';

const close = (ours: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-9) => {
  expect(ours).toHaveLength(wanted.length);
  Array.from(wanted).forEach((value, i) => expect(Math.abs(ours[i] - value)).toBeLessThan(tolerance));
};
const run = (outputs: Tensor[], feeds: Record<string, readonly number[]>) =>
  evaluate(
    outputs,
    Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, Float64Array.from(values)])),
  );
const number = fc.double({ min: -2, max: 2, noNaN: true });
/** A motion with a unit quaternion. */
const motionOf = (values: readonly number[]) => {
  const length = Math.hypot(...values.slice(3, 7));
  return values.map((value, i) =>
    i >= 3 && i < 7 ? (length > 1e-3 ? value / length : Number(i === 6)) : value,
  );
};
const motions = fc.array(number, { minLength: 13, maxLength: 13 }).map(motionOf);

describe('changes', () => {
  const [a, b] = ['a', 'b'].map((name) => input(name, [1, MOTION_SIZE], 'f64'));

  test('a body that turns at 2 rad/s about z for 0.5 s has turned by 1 rad', () => {
    const start = [1, 2, 3, 0, 0, 0, 1, 4, 0, -2, 0, 0, 2];
    const [after] = run([coasted(a, 0.5)], { a: start });
    close(after, [3, 2, 2, 0, 0, Math.sin(0.5), Math.cos(0.5), 4, 0, -2, 0, 0, 2]);
  });

  test('what leads from one motion to another leads there, unless by half a turn', () => {
    fc.assert(
      fc.property(motions, motions, (from, to) => {
        const there = changed(a, changeBetween(a, b, 0.1), 0.1);
        const [free, reached] = run([coasted(a, 0.1), there], { a: from, b: to });
        const dot = [3, 4, 5, 6].reduce((sum, i) => sum + free[i] * to[i], 0);
        fc.pre(Math.abs(dot) > 0.15);
        const side = Math.sign([3, 4, 5, 6].reduce((sum, i) => sum + reached[i] * to[i], 0));
        close(
          reached.map((value, i) => (i >= 3 && i < 7 ? side * value : value)),
          to,
          1e-7,
        );
      }),
    );
  });

  test('gravity is a change of velocity, and half its square of place', () => {
    const [dt, g] = [0.1, -9.81];
    const fallen = [0, 0, 1 + 2 * dt + (g * dt * dt) / 2, 0, 0, 0, 1, 0, 0, 2 + g * dt, 0, 0, 0];
    const [change] = run([changeBetween(a, b, dt)], {
      a: [0, 0, 1, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0],
      b: fallen,
    });
    close(change, [0, 0, (g * dt * dt) / 2, 0, 0, 0, 0, 0, g * dt, 0, 0, 0]);
  });
});

test.each([
  ['of bodies that are there and components that differ', [1, 0], [1, 0, 1], (1 + 3) / 2],
  ['nothing, where no component ever differs', [1, 1], [0, 0, 0], 0],
  ['nothing, where no body is there', [0, 0], [1, 1, 1], 0],
])('an error is the mean %s', (_, present, deviation, wanted) => {
  const [error, there] = [input('error', [2, 3], 'f64'), input('there', [2, 1], 'f64')];
  const found = run([meanWhere(error, there, deviation)], { error: [1, 2, 3, 4, 5, 6], there: present });
  expect([...found[0]]).toEqual([wanted]);
});

test('bodies are picked and put back, however they lie', () => {
  fc.assert(
    fc.property(fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }), (indices) => {
      const [x, own] = [input('x', [2, 5, 1], 'f64'), input('own', [2, indices.length, 1], 'f64')];
      const values = Array.from({ length: 10 }, (_, i) => i);
      const fresh = Array.from({ length: 2 * indices.length }, (_, i) => 100 + i);
      const [some, whole] = run([picked(x, indices), replaced(x, indices, own)], { x: values, own: fresh });
      expect([...some]).toEqual([0, 1].flatMap((b) => indices.map((i) => 5 * b + i)));
      const wanted = values.map((value) => {
        const place = indices.indexOf(value % 5);
        return place < 0 ? value : fresh[Math.floor(value / 5) * indices.length + place];
      });
      expect([...whole]).toEqual(wanted);
    }),
  );
});

describe('distances to a ball of radius 0.5', () => {
  const [ball, other] = ['ball', 'other'].map((name) => ({
    motion: input(`${name}.motion`, [1, 1, MOTION_SIZE], 'f64'),
    bodies: input(`${name}.bodies`, [1, 1, BODY_SIZE], 'f64'),
  }));
  const still = (place: readonly number[], turn: readonly number[] = [0, 0, 0, 1]) => [
    ...[...place, ...turn],
    ...[0, 0, 0, 0, 0, 0],
  ];
  const body = (kind: number, size: readonly number[]) => [
    ...[0, 1, 2, 3].map((k) => Number(k === kind)),
    ...size,
    ...[1, 0, 0, 0, 1],
  ];
  const h = Math.SQRT1_2;
  test.each([
    ['a ball', body(0, [1, 1, 1]), still([0, 3, 4]), 3.5, [0, 0.6, 0.8]],
    // Its half extents turn with it: by 90 degrees about z, x becomes y.
    ['a box that is turned', body(1, [2, 0.1, 0.1]), still([3, 1, 0], [0, 0, h, h]), 2.4, [1, 0, 0]],
    ['the corner of a box', body(1, [1, 1, 1]), still([3, 3, 2]), 3 - 0.5, [2 / 3, 2 / 3, 1 / 3]],
    // 1.5 from centre to tip with radius 0.5, so the segment reaches 1.
    ['the side of a capsule', body(2, [0.5, 0.5, 1.5]), still([2, 0, 0.7]), 1, [1, 0, 0]],
    ['the end of a capsule', body(2, [0.5, 0.5, 1.5]), still([0, 0, 4]), 2, [0, 0, 1]],
    ['a floor', body(3, [0, 0, 0]), still([7, 5, -2]), 1.5, [0, 0, -1]],
    // A normal along +x: the half-space is to the left.
    ['a wall', body(3, [0, 0, 0]), still([-3, 9, 9], [0, h, 0, h]), 2.5, [-1, 0, 0]],
  ])('%s', (_, bodies, motion, gap, direction) => {
    const found = separations(ball, other);
    const values = run([found.gap, found.direction, found.distance], {
      ...{ 'ball.motion': still([0, 0, 0]), 'ball.bodies': body(0, [0.5, 0.5, 0.5]) },
      ...{ 'other.motion': motion, 'other.bodies': bodies },
    });
    expect(values[0][0]).toBeCloseTo(gap, 9);
    close(values[1], direction, 1e-6);
  });
});

describe('models of bodies that have no number', () => {
  const still = { ...world, moving: [0, 1, 2, 3], actions: 0 };
  const setUp = (model: ReturnType<typeof gns.build>) => {
    const context = model.contextFrames;
    const feeds = clipFeeds();
    const each = feeds.motion.length / 12;
    const motion = Float64Array.from(
      [0, 6].flatMap((t) => [...feeds.motion.subarray(t * each, (t + context) * each)]),
    );
    const parameters = Object.fromEntries(
      Object.entries(model.parameters).map(([name, { shape }]) => [name, input(name, shape, 'f64')]),
    );
    const seen = {
      motion: input('motion', [2, context, 4, MOTION_SIZE], 'f64'),
      bodies: input('bodies', [2, 4, BODY_SIZE], 'f64'),
    };
    const { motion: next } = model.step(parameters, model.encode(parameters, seen));
    const imagine = (given: { motion: Float64Array; bodies: Float64Array }) =>
      evaluate([next], { ...parameterFeeds(model), ...given })[0];
    return { imagine, given: { motion, bodies: feeds.bodies } };
  };
  const models = {
    gns: gns.build(gns.config.parse({ history: 2, latent: 6, reach: 8 }), still),
    'state-transformer': stateTransformer.build(
      stateTransformer.config.parse({ context: 3, width: 8, heads: 2 }),
      still,
    ),
  };
  const ORDER = [2, 0, 3, 1];
  const reordered = (values: Float64Array, size: number) =>
    values.map((_, i) => {
      const [row, column] = [Math.floor(i / size), i % size];
      return values[(row - (row % 4) + ORDER[row % 4]) * size + column];
    });

  test.each(Object.entries(models))('%s: in another order they move the same', (_, model) => {
    const { imagine, given } = setUp(model);
    const other = { motion: reordered(given.motion, 13), bodies: reordered(given.bodies, 12) };
    close(imagine(other), reordered(imagine(given) as Float64Array, 13), 1e-9);
  });

  test('gns: all of them moved elsewhere, they move the same from there', () => {
    const { imagine, given } = setUp(models.gns);
    const offset = [0.3, -0.7, 1.1];
    const shift = (values: Float64Array) => values.map((value, i) => value + (offset[i % 13] ?? 0));
    close(imagine({ ...given, motion: shift(given.motion) }), shift(imagine(given) as Float64Array), 1e-8);
  });
});
