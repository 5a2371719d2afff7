import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isExhausted } from './early-stop.ts';

const after = (losses: readonly number[], patience: number) =>
  isExhausted(
    losses.map((loss, i) => ({ step: i + 1, loss })),
    patience,
  );

test.each<[losses: number[], patience: number, exhausted: boolean]>([
  [[], 1, false],
  [[3, 2, 1], 1, false],
  [[3, 2, 2], 1, true],
  [[3, 2, 2.5], 2, false],
  [[3, 2, 2.5, 2.1], 2, true],
  [[3, 2, 2.5, 1.9, 2, 1.8], 2, false],
  [[3, NaN], 1, true],
  [[3, 4, 5, 6, 7], 0, false],
])('%j with patience %i: %s', (losses, patience, exhausted) => {
  expect(after(losses, patience)).toBe(exhausted);
});

test('ends exactly when the best is so many validations old', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 })),
      fc.integer({ min: 1, max: 4 }),
      (losses, patience) => {
        const ended = losses.some((_, i) => {
          const from = Math.max(0, i - patience + 1);
          const [before, window] = [losses.slice(0, from), losses.slice(from, i + 1)];
          return before.length > 0 && Math.min(...window) >= Math.min(...before);
        });
        expect(after(losses, patience)).toBe(ended);
      },
    ),
  );
});
