/** What `status`, `logs`, `stop` and `fetch` share: the job that a run folder says was launched. */
import {
  findRecord,
  modelUtilization,
  specMachine,
  type JobState,
  type LaunchRecord,
  type ModelUtilization,
} from '@orrery/launch';
import { followMetrics, type StepLine } from '@orrery/train';
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
  /** Of the machine's named peak; absent on CPUs, which have none. */
  readonly utilization?: ModelUtilization;
}

/** How far a training got, where its folder can be seen from here. */
export function reached(record: LaunchRecord): Promise<Reached | undefined> {
  return progressOf(record)();
}

/** The same, for whoever asks again and again. */
export function progressOf({ spec, overrides }: LaunchRecord): () => Promise<Reached | undefined> {
  const { job } = spec;
  if (job.kind !== 'train') return async () => undefined;
  const newest = newestUpdate(job.out);
  const machine = specMachine(spec, overrides);
  return async () => {
    const last = await newest().catch(() => undefined);
    if (!last) return undefined;
    return {
      ...{ step: last.step, loss: last.loss },
      ...(machine && { utilization: modelUtilization(last, machine, spec.nodes, job.precision) }),
    };
  };
}

/** Tells at each call the last update that a run has logged; reads only what is new. */
export function newestUpdate(folder: string): () => Promise<StepLine | undefined> {
  const metrics = followMetrics(folder);
  let last: StepLine | undefined;
  return async () => {
    const line = (await metrics.next()).findLast((one) => 'loss' in one);
    if (line && 'loss' in line) last = line;
    return last;
  };
}

/** "running, step 120, loss 0.0123, 310 TFLOP/s a chip, MFU 46 % of trn2.bf16.published: 667 TFLOP/s a chip" */
export function describeState(state: JobState, at: Reached | undefined): string {
  if (at === undefined) return state;
  const { step, loss, utilization } = at;
  const busy = utilization && [
    `${utilization.tflops.toPrecision(3)} TFLOP/s a chip`,
    `MFU ${(100 * utilization.mfu).toPrecision(2)} % of ${utilization.peak}`,
  ];
  return [state, `step ${step}`, `loss ${loss.toPrecision(3)}`, ...(busy ?? [])].join(', ');
}
