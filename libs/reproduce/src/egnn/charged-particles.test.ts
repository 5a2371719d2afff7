import { RandomState } from '@orrery/random';
import { describe, expect, test } from 'vitest';
import { chargedParticles, drawStart, simulate } from './charged-particles.ts';
import computed from './charged-particles.json' with { type: 'json' };

describe('what NumPy computes, see charged-particles.py', () => {
  const names = ['charges', 'positions', 'velocities', 'targets'] as const;

  test('the first training samples', () => {
    const samples = chargedParticles(new RandomState(43), 3);
    for (const name of names) {
      expect(samples[name].length).toBe(computed.first.training[name].length);
      computed.first.training[name].forEach((value, i) => expect(samples[name][i]).toBeCloseTo(value, 6));
    }
  });

  test('samples that nobody reads leave the stream where the others do', () => {
    const [all, few] = [new RandomState(43), new RandomState(43)];
    chargedParticles(all, 4);
    chargedParticles(few, 1, 4);
    expect(few.rand(5)).toEqual(all.rand(5));
  });
});

describe('mechanics', () => {
  test('two opposite charges circle each other', () => {
    // Unit masses at distance 1: v^2 / (1/2) = 1, so they turn by sqrt(2) a unit of time. The others carry no charge.
    const v = Math.SQRT1_2;
    const positions = Float64Array.of(0.5, -0.5, 3, 4, 5, 0, 0, 3, 4, 5, 0, 0, 3, 4, 5);
    const velocities = Float64Array.of(0, 0, 0, 0, 0, v, -v, 0, 0, 0.5, 0, 0, 0, 0, 0);
    const charges = Float64Array.of(1, -1, 0, 0, 0);
    const [end] = simulate({ positions, velocities, charges }, [40]);
    const angle = Math.SQRT2 * 4.1;
    // The first half step of the authors' leapfrog is a whole one: an error of the order of a step.
    expect(Math.abs(end.positions[0] - Math.cos(angle) / 2)).toBeLessThan(5e-3);
    expect(Math.abs(end.positions[5] - Math.sin(angle) / 2)).toBeLessThan(5e-3);
    expect(end.positions[1]).toBeCloseTo(-end.positions[0], 12);
    expect(end.positions[9]).toBeCloseTo(5 + 0.5 * 4.1, 10);
  });

  test('momentum stays what it was, but for cut forces', () => {
    const random = new RandomState(1);
    const drifts = Array.from({ length: 20 }, () => {
      const start = drawStart(random);
      const [end] = simulate(start, [9]);
      const sum = (values: Float64Array, d: number) => values.slice(d, d + 5).reduce((a, b) => a + b, 0);
      const changes = [0, 5, 10].map((d) => sum(end.velocities, d) - sum(start.velocities, d));
      return Math.hypot(...changes);
    });
    expect(drifts.filter((drift) => drift < 1e-10).length).toBeGreaterThan(12);
    // A cut takes at most its force times a step, and close encounters are short.
    expect(Math.max(...drifts)).toBeLessThan(1);
  });

  test('each particle starts at half a unit of speed, with a charge of either sign', () => {
    const { velocities, charges } = drawStart(new RandomState(2));
    for (let i = 0; i < 5; i++) {
      expect(Math.hypot(velocities[i], velocities[5 + i], velocities[10 + i])).toBeCloseTo(0.5, 14);
      expect(Math.abs(charges[i])).toBe(1);
    }
  });
});
