/** What `status`, `logs`, `stop` and `fetch` share: the job that a run folder says was launched. */
import { findRecord, type JobState, type LaunchRecord } from '@orrery/launch';
import { readMetrics } from '@orrery/train';
import { resolve } from 'node:path';
import { runPlace } from './places.ts';

export interface Launched {
  /** The local run folder. */
  readonly home: string;
  readonly record: LaunchRecord;
}

/** @param run name of a run under runs/, or its folder; of a generation, the dataset's folder */
export async function launchedRun(run: string): Promise<Launched> {
  for (const home of [runPlace(run), resolve(run)]) {
    const record = await findRecord(home);
    if (record) return { home, record };
  }
  throw new Error(
    `run "${run}": nothing was launched from it (no launch.json in ${runPlace(run)}); launch it`,
  );
}

export interface Reached {
  readonly step: number;
  readonly loss: number;
}

/** How far a training got, where its folder can be seen from here. */
export async function reached({ spec }: LaunchRecord): Promise<Reached | undefined> {
  if (spec.job.kind !== 'train') return undefined;
  const lines = await readMetrics(spec.job.out).catch(() => []);
  const last = lines.findLast((line) => 'loss' in line);
  return last && 'loss' in last ? { step: last.step, loss: last.loss } : undefined;
}

/** "running, step 120, loss 0.0123" */
export function describeState(state: JobState, at: Reached | undefined): string {
  return at === undefined ? state : `${state}, step ${at.step}, loss ${at.loss.toPrecision(3)}`;
}
