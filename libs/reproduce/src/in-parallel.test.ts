import { expect, test } from 'vitest';
import { addedProgress, inParallel } from './in-parallel.ts';

test('so many at a time, results in the order of the work', async () => {
  let [running, most] = [0, 0];
  const results = await inParallel([3, 1, 2, 5, 4], 2, async (item) => {
    most = Math.max(most, ++running);
    for (let i = 0; i < item; i++) await new Promise((resolve) => setImmediate(resolve));
    running--;
    return item * 10;
  });
  expect(results).toEqual([30, 10, 20, 50, 40]);
  expect(most).toBe(2);
});

test('a failure stops what has not begun, and waits for what has', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = inParallel([0, 1, 2, 3], 2, async (item) => {
    begun.push(item);
    await new Promise((resolve) => setImmediate(resolve));
    if (item === 0) throw new Error('item 0');
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  });
  await expect(work).rejects.toThrow('item 0');
  expect(begun).toEqual([0, 1]);
  expect(ended).toEqual([1]);
});

test('progress of trainings that run together is their sum, whoever reports again', () => {
  const told: unknown[] = [];
  const progress = addedProgress(
    20,
    (name: string) => `seed ${name}`,
    (...all) => told.push(all),
  );
  progress('a', 3);
  progress('b', 4);
  progress('a', 5);
  expect(told).toEqual([
    [3, 20, 'seed a'],
    [7, 20, 'seed b'],
    [9, 20, 'seed a'],
  ]);
});
