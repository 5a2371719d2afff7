import { expect, test } from 'vitest';
import { linearError, staticError, travelTime } from './baselines.ts';
import computed from './charged-particles.json' with { type: 'json' };
import { chargedSplits } from './splits.ts';

// The authors' simulator computes distances from products, the script from differences: close encounters of opposite
// charges amplify the last bits, so that one sample in twenty ends elsewhere.
test('all splits are what NumPy computes, but for what close encounters amplify', () => {
  const splits = chargedSplits();
  const { training, test: held } = splits;
  for (const split of ['training', 'validation', 'test'] as const) {
    const expected = computed.first[split];
    for (const name of ['charges', 'positions', 'velocities', 'targets'] as const)
      expected[name].forEach((value, i) => expect(splits[split][name][i]).toBeCloseTo(value, 3));
    expect(Math.abs(staticError(splits[split]).mean - computed.rows[split].static)).toBeLessThan(5e-4);
    expect(Math.abs(linearError(training, splits[split]).mean - computed.rows[split].linear)).toBeLessThan(
      0.003,
    );
  }
  expect(travelTime(training)).toBeCloseTo(computed.time, 2);

  const errors = Float64Array.from({ length: held.count }, (_, s) => {
    let sum = 0;
    for (let i = 15 * s; i < 15 * s + 15; i++)
      sum += (held.positions[i] + 0.7 * held.velocities[i] - held.targets[i]) ** 2;
    return sum / 15;
  }).sort();
  expect(Math.abs((errors[999] + errors[1000]) / 2 - computed['medianAtTime0.7'])).toBeLessThan(5e-4);

  const same = computed.ends.filter((end, s) => Math.abs(held.targets[15 * s] - end) < 1e-3);
  expect(same.length).toBeGreaterThan(0.93 * computed.ends.length);
}, 120_000);
