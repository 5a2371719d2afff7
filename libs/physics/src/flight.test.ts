import { describe, expect, test } from 'vitest';
import {
  ball,
  box,
  capsule,
  largestGain,
  mechanics,
  positionOf,
  spinOf,
  velocityOf,
  type Vector,
} from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';

const g = 9.81;

describe('free flight', () => {
  test.each([
    [1 / 20, 1],
    [1 / 60, 4],
  ])('is the parabola x0 + v0 t - g t²/2 at dt = %f with %i substeps', (dt, substeps) => {
    const scene = mechanics([ball(0.1, 2, { position: [1, 2, 3], velocity: [4, -5, 6] })], { dt, substeps });
    const t = simulate(scene, 41);
    for (const frame of [0, 1, 17, 40]) {
      const s = frame * dt;
      const [x, y, z] = positionOf(t, frame, 0);
      expect(x).toBeCloseTo(1 + 4 * s, 12);
      expect(y).toBeCloseTo(2 - 5 * s, 12);
      expect(z).toBeCloseTo(3 + 6 * s - (g * s * s) / 2, 12);
      expect(velocityOf(t, frame, 0)[2]).toBeCloseTo(6 - g * s, 12);
    }
  });

  test('frame 0 is the initial state, with its energy and momentum and no contacts', () => {
    const t = simulate(mechanics([ball(0.5, 2, { velocity: [3, 0, 0], angularVelocity: [0, 4, 0] })]), 1);
    // m v²/2 + (2/5 m r²) w²/2 = 9 + 0.2 * 16 / 2
    expect(t.energy[0]).toBeCloseTo(9 + 1.6, 12);
    expect([...t.momentum]).toEqual([6, 0, 0]);
    expect(t.contacts).toEqual([[]]);
    expect([...t.quaternion]).toEqual([0, 0, 0, 1]);
  });

  test('a locked axis takes part in nothing', () => {
    const locked = ball(0.1, 1, { velocity: [1, 0, 0], linearFactor: [1, 1, 0] });
    const t = simulate(mechanics([locked]), 31);
    expect(positionOf(t, 30, 0)).toEqual([expect.closeTo(0.5, 12), 0, 0]);
    expect(t.energy[30]).toBeCloseTo(t.energy[0]!, 12);
  });

  test('a box that tumbles about its middle axis turns over, and keeps energy and angular momentum', () => {
    const half: Vector = [0.1, 0.2, 0.3];
    const scene = mechanics([box(half, 1, { angularVelocity: [5, 0, 0.01] })], { gravity: 0 });
    const spinning = mechanics([box(half, 1, { angularVelocity: [0.01, 5, 0.01] })], { gravity: 0 });
    const [steady, t] = [simulate(scene, 300), simulate(spinning, 600)];
    for (const trajectory of [steady, t])
      trajectory.energy.forEach((energy) => expect(energy / trajectory.energy[0]!).toBeCloseTo(1, 7));
    const along = Array.from({ length: 600 }, (_, f) => worldAxisY(t.quaternion.subarray(4 * f)));
    // Dzhanibekov's flip: the middle axis reverses; the first one, where spin is stable, stays.
    expect(Math.min(...along)).toBeLessThan(-0.9);
    for (let f = 0; f < 300; f++) expect(spinOf(steady, f, 0)[0]).toBeCloseTo(5, 3);
    const momentum = (f: number) => angularMomentum(half, t.quaternion.subarray(4 * f), spinOf(t, f, 0));
    for (const f of [100, 350, 599]) momentum(f).forEach((l, i) => expect(l).toBeCloseTo(momentum(0)[i]!, 9));
  });

  test.each([
    ['a capsule', capsule(0.1, 0.3, 1, { angularVelocity: [50, 30, 60] }), 1e-12],
    ['a square box', box([0.1, 0.3, 0.1], 1, { angularVelocity: [50, 30, 60] }), 1e-12],
    ['a box', box([0.1, 0.2, 0.3], 1, { angularVelocity: [50, 30, 60] }), 1e-5],
  ])('%s that turns by more than a radian in a step keeps its energy', (_, body, tolerance) => {
    const t = simulate(mechanics([body], { gravity: 0, substeps: 1 }), 300);
    t.energy.forEach((energy) => expect(Math.abs(energy / t.energy[0]! - 1)).toBeLessThan(tolerance));
  });

  test('energy stays over a minute of free tumbling', () => {
    const t = simulate(
      mechanics([box([0.1, 0.2, 0.3], 1, { angularVelocity: [3, 5, 2] })], { gravity: 0 }),
      3600,
    );
    expect(largestGain(t)).toBeLessThan(1e-7);
    expect(Math.abs(t.energy[3599]! / t.energy[0]! - 1)).toBeLessThan(1e-6);
  }, 60_000);
});

/** y component of the body's y axis in the world. */
const worldAxisY = ([x, , z]: Float64Array) => 1 - 2 * (x! * x! + z! * z!);

/** R I Rᵀ w with the moments m/3 (b² + c²) of a box of 1 kg. */
function angularMomentum(half: Vector, q: Float64Array, w: Vector): Vector {
  const [x, y, z, r] = q as unknown as [number, number, number, number];
  const rows: Vector[] = [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * r), 2 * (x * z + y * r)],
    [2 * (x * y + z * r), 1 - 2 * (x * x + z * z), 2 * (y * z - x * r)],
    [2 * (x * z - y * r), 2 * (y * z + x * r), 1 - 2 * (x * x + y * y)],
  ];
  const [a, b, c] = half.map((h) => h * h) as Vector;
  const moments = [(b + c) / 3, (a + c) / 3, (a + b) / 3];
  const local = [0, 1, 2].map((k) => moments[k]! * rows.reduce((sum, row, i) => sum + row[k]! * w[i]!, 0));
  return rows.map((row) => row.reduce((sum, e, k) => sum + e * local[k]!, 0)) as Vector;
}
