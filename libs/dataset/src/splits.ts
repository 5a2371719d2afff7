/** Which episodes a dataset has: its splits in their order, and what each episode is drawn from. */
import type { Factor } from '@orrery/scene';
import type { DatasetSpec, Split } from './manifest.ts';

/** Where an episode stands: its split, and what sets it apart there. */
export interface EpisodePlace {
  readonly episode: number;
  readonly split: string;
  /** The factor that is drawn from its shifted range. */
  readonly factor?: string;
  /** The number of its pair in the split. */
  readonly pair?: number;
  /** The variant that makes it impossible; its possible twin has none. */
  readonly variant?: string;
  /** The episode whose key it is drawn with: its own, and for both of a pair that of the first. */
  readonly keyEpisode: number;
}

/** Splits by name, in the order of their episodes: train, test, one a factor, one a variant. */
export function datasetSplits(
  spec: Pick<DatasetSpec, 'episodes'>,
  scene: { readonly factors: Readonly<Record<string, Factor>>; readonly variants?: readonly string[] },
): Record<string, Split> {
  const { train, test, shifted, pairs } = spec.episodes;
  const splits: Record<string, Split> = {};
  let start = 0;
  const add = (name: string, count: number, mark: Pick<Split, 'factor' | 'variant'> = {}) => {
    if (count > 0) splits[name] = { start, count, ...mark };
    start += count;
  };
  add('train', train);
  add('test', test);
  for (const factor of Object.keys(scene.factors)) add(`ood-${factor}`, shifted, { factor });
  for (const variant of scene.variants ?? []) add(`pairs-${variant}`, 2 * pairs, { variant });
  return splits;
}

/** E: the episodes of all splits. */
export const episodeCount = (splits: Readonly<Record<string, Split>>): number =>
  Object.values(splits).reduce((sum, { count }) => sum + count, 0);

/** @throws RangeError for an episode in none of the splits */
export function placeOf(splits: Readonly<Record<string, Split>>, episode: number): EpisodePlace {
  for (const [split, { start, count, factor, variant }] of Object.entries(splits)) {
    const at = episode - start;
    if (at < 0 || at >= count) continue;
    if (variant === undefined)
      return { episode, split, ...(factor !== undefined && { factor }), keyEpisode: episode };
    const pair = Math.floor(at / 2);
    return { episode, split, pair, ...(at % 2 === 1 && { variant }), keyEpisode: start + 2 * pair };
  }
  throw new RangeError(
    `episode ${episode}: the dataset has episodes 0 to ${episodeCount(splits) - 1}; choose one of them`,
  );
}
