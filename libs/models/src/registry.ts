/** The families that can be named in a configuration. */
import type { Family } from './family.ts';
import { residualConv } from './residual-conv/model.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each family has a configuration of its own
export const families: Readonly<Record<string, Family<any>>> = { [residualConv.name]: residualConv };

/** @throws when there is none of that name, with the nearest */
export function family(name: string): Family<unknown> {
  if (Object.hasOwn(families, name)) return families[name] as Family<unknown>;
  const known = Object.keys(families);
  const nearest = known.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))[0];
  const hint =
    editDistance(name, nearest) <= Math.max(2, nearest.length / 3)
      ? `did you mean "${nearest}"?`
      : `known: ${known.join(', ')}`;
  throw new Error(`model family "${name}": there is none of that name; ${hint}`);
}

/** Fewest insertions, deletions and replacements of characters that turn a into b (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length];
}
