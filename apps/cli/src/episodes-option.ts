import { UsageError } from './errors.ts';

/**
 * Reads "0,3,8-11" as the numbers of episodes.
 * @throws UsageError where it is no such list
 */
export function episodesOption(text: string): number[] {
  const parts = text.split(',').map((part) => /^(\d+)(?:-(\d+))?$/.exec(part.trim()));
  const episodes = parts.flatMap((part) => {
    const first = Number(part?.[1]);
    const last = Number(part?.[2] ?? first);
    return part && last >= first && last - first < 1000
      ? Array.from({ length: last - first + 1 }, (_, i) => first + i)
      : [NaN];
  });
  if (episodes.some(Number.isNaN))
    throw new UsageError(`--episodes ${text}: give numbers and ranges, such as 0,3,8-11`);
  return episodes;
}
