/** What engines print of a job, and what it means; Slurm's and Ray's as they printed it, the others' by their documentation. */
import { expect, test } from 'vitest';
import { machineOf } from '../catalogue/catalogue.ts';
import { servingSpec, trainingSpec } from '../spec/examples.fixture.ts';
import type { EngineName } from '../spec/schema.ts';
import type { JobState } from './engine.ts';
import { engineOf } from './registry.ts';

const jobSet = (conditions: object[], active = 0, suspend = false) =>
  JSON.stringify({
    spec: { suspend },
    status: { conditions, replicatedJobsStatus: [{ name: 'node', active, ready: 0 }] },
  });
const holds = (type: string) => ({ type, status: 'True' });

test.each<[EngineName, number, string, JobState]>([
  ['slurm', 0, 'PENDING\n', 'pending'],
  ['slurm', 0, 'COMPLETING\n', 'running'],
  ['slurm', 0, '', 'unknown'],
  ['slurm', 1, 'JobId=7 JobName=x UserId=root(0) JobState=COMPLETED Reason=None ExitCode=0:0\n', 'succeeded'],
  ['slurm', 1, 'JobId=7 JobState=COMPLETED\nJobId=8 JobState=FAILED Reason=NonZeroExitCode\n', 'failed'],
  ['slurm', 1, 'JobId=7 JobState=RUNNING\nJobId=8 JobState=FAILED\n', 'running'],
  ['slurm', 1, 'JobId=7 JobState=CANCELLED Reason=DependencyNeverSatisfied\n', 'failed'],
  ['slurm', 1, 'JobId=7 JobState=PENDING Reason=DependencyNeverSatisfied\n', 'pending'],
  ['slurm', 2, 'CANCELLED by 0\n', 'stopped'],
  ['slurm', 2, 'NODE_FAIL\n', 'failed'],
  ['ray', 0, "2026-11-28 INFO cli.py -- Status for job 'raysubmit_a': RUNNING\n", 'running'],
  ['ray', 0, "Status for job 'raysubmit_a': PENDING\nStatus message: starting", 'pending'],
  ['ray', 0, "SUCC cli.py -- -----\nJob 'raysubmit_a' succeeded\n", 'succeeded'],
  ['ray', 0, "Job 'raysubmit_a' was stopped\n", 'stopped'],
  ['ray', 0, "Job 'raysubmit_a' failed\n", 'failed'],
  ['ray', 0, '', 'unknown'],
  ['kubernetes', 0, '', 'unknown'],
  ['kubernetes', 0, jobSet([], 0, true), 'pending'],
  ['kubernetes', 0, jobSet([holds('StartupPolicyCompleted')], 4), 'running'],
  ['kubernetes', 0, jobSet([holds('Completed')]), 'succeeded'],
  ['kubernetes', 0, jobSet([{ type: 'Completed', status: 'False' }, holds('Failed')]), 'failed'],
  ['sagemaker', 0, 'InProgress\n', 'running'],
  ['sagemaker', 0, 'Stopped\n', 'stopped'],
  ['sagemaker', 0, 'Completed\n', 'succeeded'],
  ['batch', 0, '["RUNNABLE", null]', 'pending'],
  ['batch', 0, '["SUCCEEDED", "Essential container in task exited"]', 'succeeded'],
  ['batch', 0, '["FAILED", "stopped by orrery"]', 'stopped'],
  ['batch', 0, '["FAILED", "Host EC2 terminated"]', 'failed'],
  ['batch', 0, 'null', 'unknown'],
  [
    'skypilot',
    0,
    '[{"job_name": "other", "status": "FAILED"}, {"job_name": "bounce-df", "status": "RUNNING"}]',
    'running',
  ],
  ['skypilot', 0, '[{"job_name": "bounce-df", "status": "ManagedJobStatus.FAILED_NO_RESOURCE"}]', 'failed'],
  [
    'skypilot',
    0,
    '[{"job_id": 3, "job_name": "bounce-df", "status": "FAILED"}, {"job_id": 4, "job_name": "bounce-df", "status": "STARTING"}]',
    'pending',
  ],
  ['skypilot', 0, '[]', 'unknown'],
])('%s, query %i: %j is %s', (engine, query, output, state) => {
  const spec = trainingSpec(engine, 'trn1.32xlarge', 2);
  const request = { spec, machine: machineOf('trn1.32xlarge'), folder: '/fsx/launch' };
  const ids = { train: '7', job: 'bounce-df' };
  expect(
    engineOf(engine)
      .status(request as never, ids)
      [query].parse(output),
  ).toBe(state);
});

test.each<[object | undefined, JobState]>([
  [undefined, 'unknown'],
  [{ status: {} }, 'pending'],
  [{ status: { replicas: 2, unavailableReplicas: 2 } }, 'pending'],
  [{ status: { replicas: 2, readyReplicas: 1 } }, 'running'],
])('a Deployment %j is %s', (found, state) => {
  const spec = servingSpec('kubernetes', 'cpu');
  const request = { spec, machine: undefined, folder: '/fsx/launch' };
  const [{ command, parse }] = engineOf('kubernetes').status(request as never, { service: 'bounce-df' });
  expect(command).toContain('deployment');
  expect(parse(found === undefined ? '' : JSON.stringify(found))).toBe(state);
});
