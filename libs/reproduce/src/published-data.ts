/** Whether a table's data are those that its figures were published for. */
import type { SanityRow } from './results/schema.ts';

/**
 * @param table its name
 * @param dataOf what a row has checked, in words
 * @throws when a check does not hold: no training on other data is worth its time
 */
export function requirePublishedData(
  table: string,
  sanity: readonly SanityRow[],
  dataOf: (row: SanityRow) => string = () => 'the data',
): void {
  const wrong = sanity.find(({ holds }) => !holds);
  if (!wrong) return;
  throw new Error(
    `table "${table}": ${dataOf(wrong)} are not the published ones: ${wrong.name} is ${wrong.value}, must be ${wrong.expected}; report it as a bug`,
  );
}
