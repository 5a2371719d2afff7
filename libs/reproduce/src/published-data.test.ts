import { expect, test } from 'vitest';
import { requirePublishedData } from './published-data.ts';

const row = (holds: boolean) => ({ group: 'ramp', name: 'states', value: 7, expected: '9', holds });

test('data that are not the published ones are refused by table, check, value and what it must be', () => {
  expect(() => requirePublishedData('t', [row(true)])).not.toThrow();
  expect(() =>
    requirePublishedData('t', [row(true), row(false)], ({ group }) => `the data of ${group}`),
  ).toThrow(
    'table "t": the data of ramp are not the published ones: states is 7, must be 9; report it as a bug',
  );
});
