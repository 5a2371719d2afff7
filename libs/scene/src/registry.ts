/** The scenes that can be named on a command line or in a dataset's spec. */
import { bounce } from './bounce.ts';
import type { SceneDefinition } from './definition.ts';

export const scenes: Readonly<Record<string, SceneDefinition>> = { bounce };

/** @throws where there is no such scene, with the known names and the nearest of them */
export function sceneDefinition(name: string): SceneDefinition {
  if (Object.hasOwn(scenes, name)) return scenes[name]!;
  const known = Object.keys(scenes);
  const nearest = known.reduce((a, b) => (editDistance(name, b) < editDistance(name, a) ? b : a));
  throw new Error(
    `scene "${name}": there is no such scene; choose one of: ${known.join(', ')}; did you mean "${nearest}"?`,
  );
}

/** Levenshtein distance: insertions, deletions and substitutions between two names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
