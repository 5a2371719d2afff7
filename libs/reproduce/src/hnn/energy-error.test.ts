import { add, concat, mul, sliceAxis, type Tensor } from '@orrery/graph';
import type { LearnedDynamics } from '@orrery/models';
import { describe, expect, test } from 'vitest';
import { evenly } from '../integration/dormand-prince.ts';
import { energyError } from './energy-error.ts';
import { fromCoordinates, spring, toCoordinates } from './motions.ts';
import { tasks } from './tasks.ts';

/** A law without weights, in the place of a network. */
const law = (timeDerivative: (x: Tensor) => Tensor): LearnedDynamics => ({
  parameters: {},
  timeDerivative: (_parameters, x) => timeDerivative(x),
  loss: () => {
    throw new Error('not trained here');
  },
});
const [q, p] = [(x: Tensor) => sliceAxis(x, 1, 0, 1), (x: Tensor) => sliceAxis(x, 1, 1, 2)];
const path = { end: 2, times: evenly(2, 5), relative: 1e-10 };
const metric = {
  ...{ motion: spring.motion, energy: spring.energy, bodies: false },
  starts: [Float64Array.of(1, 0), Float64Array.of(0, 2)],
  ...{ truth: [path, path], learned: [path, path] },
};

describe('energy error', () => {
  test('of the true law it is that of its single precision', async () => {
    const truth = law((x) => concat([mul(p(x), 2), mul(q(x), -2)], 1));
    const { mean } = await energyError(truth, {}, 2, metric);
    expect(mean).toBeLessThan(1e-10);
  });

  test('of a law that grows by e^(a t) it is the closed form', async () => {
    // dx/dt = a x + rotation: the energy grows as e^(2 a t), from 1 and from 4.
    const a = 0.1;
    const growing = law((x) =>
      concat(
        [mul(p(x), 2), mul(q(x), -2)].map((part, i) => addScaled(part, x, i)),
        1,
      ),
    );
    const addScaled = (part: Tensor, x: Tensor, i: number) => add(part, mul(i === 0 ? q(x) : p(x), a));
    const { mean, curve } = await energyError(growing, {}, 2, metric);
    const expected = [...path.times].map((t) => ((1 + 16) / 2) * (Math.exp(2 * a * t) - 1) ** 2);
    expected.forEach((value, i) => expect(curve[i]).toBeCloseTo(value, 5));
    expect(mean).toBeCloseTo(expected.reduce((sum, value) => sum + value) / 5, 5);
  });

  test("bodies' states go to coordinates and back", () => {
    const state = Float64Array.of(1, 11, 12, 13, 14, 1, 21, 22, 23, 24);
    expect([...toCoordinates(state)]).toEqual([11, 21, 12, 22, 13, 23, 14, 24]);
    expect(fromCoordinates(toCoordinates(state), 1)).toEqual(state);
    expect([...fromCoordinates(toCoordinates(state), 0)].filter((_, i) => i % 5 === 0)).toEqual([0, 0]);
  });
});

test("the notebook's times grow as it makes them grow", () => {
  const { truth, learned } = tasks[0].energy();
  expect(truth).toHaveLength(15);
  expect(truth[0].end).toBeCloseTo(21.8, 12);
  expect(learned[0].end).toBeCloseTo(21.8 * 1.09, 12);
  expect(learned[14].end).toBeCloseTo(20 * 1.09 ** 16, 9);
  for (const { end, times } of [...truth, ...learned]) expect(times.at(-1)).toBe(end);
});
