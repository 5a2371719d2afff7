import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { placeName, runPlace, runsFolder } from './places.ts';

test.each([
  [join(runsFolder(), 'mine.serve'), 'mine.serve'],
  [resolve('bundles/mine.serve'), 'bundles/mine.serve'],
  [resolve('mine.serve'), './mine.serve'],
  [resolve('../mine'), '../mine'],
])('%s has a name that leads to it', (home, name) => {
  expect(placeName(home)).toBe(name);
  expect(runPlace(name)).toBe(home);
});
