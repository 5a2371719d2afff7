import { describe, expect, test } from 'vitest';
import { datasetSplits, episodeCount, placeOf } from './splits.ts';

const factor = { unit: 'm', description: '' };
const scene = { factors: { radius: factor, speed: factor }, variants: ['vanish', 'teleport'] };

describe('splits', () => {
  const splits = datasetSplits({ episodes: { train: 5, test: 2, shifted: 3, pairs: 2 } }, scene);

  test('come in their order, one a factor and one a variant', () => {
    expect(Object.entries(splits)).toEqual([
      ['train', { start: 0, count: 5 }],
      ['test', { start: 5, count: 2 }],
      ['ood-radius', { start: 7, count: 3, factor: 'radius' }],
      ['ood-speed', { start: 10, count: 3, factor: 'speed' }],
      ['pairs-vanish', { start: 13, count: 4, variant: 'vanish' }],
      ['pairs-teleport', { start: 17, count: 4, variant: 'teleport' }],
    ]);
    expect(episodeCount(splits)).toBe(21);
  });

  test('say where an episode stands', () => {
    expect(placeOf(splits, 4)).toEqual({ episode: 4, split: 'train', keyEpisode: 4 });
    expect(placeOf(splits, 12)).toEqual({
      ...{ episode: 12, split: 'ood-speed', factor: 'speed', keyEpisode: 12 },
    });
    // Twins share the key of the first, which is the possible one.
    expect([17, 18, 19, 20].map((episode) => placeOf(splits, episode))).toEqual([
      { episode: 17, split: 'pairs-teleport', pair: 0, keyEpisode: 17 },
      { episode: 18, split: 'pairs-teleport', pair: 0, variant: 'teleport', keyEpisode: 17 },
      { episode: 19, split: 'pairs-teleport', pair: 1, keyEpisode: 19 },
      { episode: 20, split: 'pairs-teleport', pair: 1, variant: 'teleport', keyEpisode: 19 },
    ]);
    expect(() => placeOf(splits, 21)).toThrow('episode 21: the dataset has episodes 0 to 20');
  });

  test('without shifted episodes and pairs there are two', () => {
    const two = datasetSplits({ episodes: { train: 1, test: 1, shifted: 0, pairs: 0 } }, scene);
    expect(Object.keys(two)).toEqual(['train', 'test']);
  });
});
