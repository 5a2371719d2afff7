import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

/** The command was called wrongly: exit code 2. Every other error is a failure: exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Work stopped on request (Ctrl-C) with everything finished so far kept: exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * One line for a person: what zod found, with the path of each setting.
 * @param place path of what was checked, where that is a part of the settings
 */
export function describeIssues(error: z.ZodError, place: readonly PropertyKey[] = []): string {
  return error.issues
    .map((issue) => {
      const path = [...place, ...issue.path].join('.');
      if (issue.code === 'unrecognized_keys') {
        const keys = issue.keys.map((key) => `"${[...place, ...issue.path, key].join('.')}"`).join(', ');
        return `unknown setting ${keys}`;
      }
      return path ? `${path}: ${issue.message}` : issue.message;
    })
    .join('; ');
}

/** The member of `known` that looks most like `word`, if any looks like it at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(word, known);
  return distance(word, best) <= Math.max(2, word.length / 3) ? best : undefined;
}

/** `unknown dataset "bouce"; did you mean "bounce"?` */
export function unknown(what: string, name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  return `unknown ${what} "${name}"; ${close ? `did you mean "${close}"?` : `known: ${known.join(', ')}`}`;
}
