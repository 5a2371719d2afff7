import { describe, expect, test } from 'vitest';
import { evenly, integrate } from '../integration/dormand-prince.ts';
import {
  orbitData,
  pendulumData,
  pendulumNotebookState,
  springData,
  threeBodyOrbits,
  twoBodyOrbits,
} from './data.ts';
import { gravity, pendulum, spring } from './motions.ts';
import reference from './reference.json' with { type: 'json' };

// Expected values are SciPy's and NumPy's: see reference.py.

type Drawn = ReturnType<typeof springData>;
type Expected = typeof reference.twoBody;

/** All states in the order in which they were drawn. */
function inOrder({ train, test: held }: Drawn, testFirst: boolean) {
  const [first, second] = testFirst ? [held, train] : [train, held];
  return { x: [...first.x, ...second.x], dx: [...first.dx, ...second.dx], count: first.count + second.count };
}

function expectAs(all: ReturnType<typeof inOrder>, expected: Expected, digits: number): void {
  const width = all.x.length / all.count;
  const meanSquare = (values: number[]) => values.reduce((sum, v) => sum + v * v, 0) / values.length;
  expect(all.count).toBe(expected.count);
  expected.rows.forEach((row, i) => {
    for (const name of ['x', 'dx'] as const)
      expected[name][i].forEach((value, k) => expect(all[name][row * width + k]).toBeCloseTo(value, digits));
  });
  expect(meanSquare(all.x)).toBeCloseTo(expected.meanSquare[0], digits);
  expect(meanSquare(all.dx)).toBeCloseTo(expected.meanSquare[1], digits);
}

describe('the data of the HNN paper', () => {
  test('mass-spring and pendulum, noise included; half of them for training', () => {
    for (const [drawn, expected] of [
      [springData(0), reference.spring],
      [pendulumData(0), reference.pendulum],
    ] as const) {
      expectAs(inOrder(drawn, false), expected, 11);
      expect(drawn.train.count).toBe(expected.count / 2);
      expect([...drawn.state.rand(2)]).toEqual(expected.next);
    }
    expect([...pendulumNotebookState(0).rand(2)]).toEqual(reference.pendulumNotebook);
  });

  test('two and three bodies; the first fifth for testing', () => {
    const two = orbitData(0, { ...twoBodyOrbits, trials: 40 });
    expectAs(inOrder(two, true), reference.twoBody, 10);
    expect(two.test.count).toBe(400);
    expectAs(inOrder(orbitData(0, { ...threeBodyOrbits, trials: 100 }), true), reference.threeBody, 8);
  });

  test('other seeds give other data', () => {
    expect(springData(1).train.x[0]).not.toBe(springData(0).train.x[0]);
  });
});

describe('integration', () => {
  test("takes the steps of SciPy's RK45", () => {
    const options = { end: 20, times: evenly(20, 7), relative: 1e-12 };
    const path = integrate(pendulum.motion, Float64Array.of(2, 0.5), options);
    reference.long.flat().forEach((value, i) => expect(path[i]).toBeCloseTo(value, 9));
  });

  test('keeps the energy, to what it tolerates', () => {
    const options = { end: 3, times: evenly(3, 5), relative: 1e-10, absolute: 1e-12 };
    for (const { motion, energy } of [spring, pendulum]) {
      const path = integrate(motion, Float64Array.of(0.7, -0.4), options);
      expect(Math.abs(energy(path.slice(-2)) - energy(path.slice(0, 2)))).toBeLessThan(1e-9);
    }
    const circle = Float64Array.of(1, 0.5, 0, 0, Math.SQRT1_2, 1, -0.5, 0, 0, -Math.SQRT1_2);
    const path = integrate(gravity.motion, circle, options);
    // Bodies of mass 1 at distance 1 go round their middle once in 2 pi / sqrt(2).
    const angle = Math.atan2(path.at(-8)!, path.at(-9)!);
    expect(angle).toBeCloseTo(3 * Math.SQRT2 - 2 * Math.PI, 8);
    expect(gravity.energy(path.slice(-10))).toBeCloseTo(-0.5, 9);
  });

  test('a law that runs away is refused by name', () => {
    const explode = (x: Float64Array) => x.map((value) => value * value);
    const options = { end: 2, times: evenly(2, 3), relative: 1e-6 };
    expect(() => integrate(explode, Float64Array.of(1), options)).toThrow('steps shrink to nothing at');
  });
});
