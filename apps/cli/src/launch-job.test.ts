import { expect, test } from 'vitest';
import { specName } from './launch-job.ts';

test.each([
  ['bounce-residual-conv-seed0', 'bounce-residual-conv-seed0'],
  ['Bounce_DF (2)', 'bounce-df-2'],
  ['123', 'run-123'],
  ['3d-push', 'run-3d-push'],
  [`${'a'.repeat(39)}-b`, 'a'.repeat(39)],
])('run %s is job %s', (run, name) => {
  expect(specName(run)).toBe(name);
});

test('a run whose name has nothing to make one of is refused', () => {
  expect(() => specName('___')).toThrow('run "___": it has no letter or digit for the name of a job');
});
