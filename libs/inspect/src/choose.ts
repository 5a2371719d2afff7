import type { Dataset } from '@orrery/dataset';

/**
 * Episodes that show what a dataset holds: of each split in turn the first, then the second, ..., until there are
 * `count`; of a split of pairs both members.
 */
export function chooseEpisodes({ manifest }: Dataset, count: number): number[] {
  const splits = Object.values(manifest.splits);
  const longest = Math.max(...splits.map((split) => split.count));
  const chosen: number[] = [];
  for (let i = 0; i < longest && chosen.length < count; i++)
    for (const split of splits) {
      const members = split.variant === undefined ? [i] : [2 * i, 2 * i + 1];
      for (const member of members)
        if (member < split.count && chosen.length < count) chosen.push(split.start + member);
    }
  return chosen.sort((a, b) => a - b);
}

/** The split that an episode belongs to. */
export function splitOf({ manifest }: Dataset, episode: number): string {
  const found = Object.entries(manifest.splits).find(
    ([, { start, count }]) => episode >= start && episode < start + count,
  );
  return found?.[0] ?? '';
}
