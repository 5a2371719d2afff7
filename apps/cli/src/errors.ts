import { closest, distance } from 'fastest-levenshtein';

/** The command was called wrongly: exit code 2. Every other error is a failure: exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Work stopped on request (Ctrl-C) with everything finished so far kept: exit code 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
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
