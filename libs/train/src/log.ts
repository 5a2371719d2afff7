/** What a training reports: lines in `metrics.jsonl`, and the same as events for TensorBoard. */
import { appendMetrics, type MetricsLine } from './metrics.ts';
import { openEvents } from './tensorboard.ts';

export interface TrainingLog {
  /** @throws when the disk is full or read-only */
  append(lines: readonly MetricsLine[]): Promise<void>;
}

/** @param lines those that `metrics.jsonl` holds already */
export async function openLog(folder: string, lines: readonly MetricsLine[]): Promise<TrainingLog> {
  const events = await openEvents(folder, lines);
  return {
    async append(more) {
      await appendMetrics(folder, more);
      await events.append(more);
    },
  };
}
