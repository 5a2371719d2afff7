/**
 * Runs work some at a time, in its own order of starting; results in the order of the work. A failure stops what has not
 * begun, and is thrown when all that has begun is over.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}

/**
 * Adds up how far trainings that run together have come.
 * @param total of updates, of all of them
 * @returns to be told of a training and the updates that it has done
 */
export function addedProgress<T>(
  total: number,
  nameOf: (training: T) => string,
  onProgress: ((done: number, total: number, note: string) => void) | undefined,
): (training: T, updates: number) => void {
  const reached = new Map<T, number>();
  return (training, updates) => {
    reached.set(training, updates);
    const done = [...reached.values()].reduce((sum, value) => sum + value, 0);
    onProgress?.(done, total, nameOf(training));
  };
}
