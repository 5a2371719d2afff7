import type { z } from 'zod';

/** The command was called wrongly: exit code 2. Every other error is a failure: exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Work stopped on request (Ctrl-C) with everything finished so far kept: exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** One line for a person: what zod found, with the path of each setting. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.join('.');
      if (issue.code === 'unrecognized_keys') {
        const keys = issue.keys.map((key) => `"${[...issue.path, key].join('.')}"`).join(', ');
        return `unknown setting ${keys}`;
      }
      return path ? `${path}: ${issue.message}` : issue.message;
    })
    .join('; ');
}

/** The member of `known` that looks most like `word`, if any looks like it at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((name) => ({ name, distance: editDistance(word, name) }));
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best && best.distance <= Math.max(2, word.length / 3) ? best.name : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
