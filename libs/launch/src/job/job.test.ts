/** A job's life through command lines, with programs in the engines' places that write down how they were called. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generationSpec, trainingSpec } from '../spec/examples.fixture.ts';
import { fetchRun } from './fetch.ts';
import { jobLogs, jobState, stopJob, submit } from './job.ts';
import { findRecord } from './record.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-job-'));
  await mkdir(join(folder, 'bin'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = () => ({ variables: { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` } });
const home = () => join(folder, 'run');
const files = () => join(folder, 'launch');

/** Puts a program of that name on the path: a script of sh, which first writes its arguments down, one a line. */
async function program(name: string, script: string): Promise<void> {
  const path = join(folder, 'bin', name);
  await writeFile(
    path,
    `#!/bin/sh\nprintf '%s\\n' "${name}" "$@" >> '${join(folder, 'calls')}'\n${script}\n`,
  );
  await chmod(path, 0o755);
}
const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');

describe('Slurm', () => {
  test('pieces, then the whole, each by the name that sbatch printed', async () => {
    await program('sbatch', `n=$(grep -c '^sbatch$' '${join(folder, 'calls')}'); echo "10$n;cluster"`);
    const record = await submit(home(), { spec: generationSpec('slurm'), folder: files() }, options());
    expect(record.ids).toEqual({ pieces: '101', assemble: '102' });
    expect(await calls()).toContain('--dependency=afterok:101');
    expect((await readdir(files())).sort()).toEqual(['assemble.sbatch', 'pieces.sbatch']);
    expect(await findRecord(home())).toEqual(record);
  });

  test('what was submitted before a failure is recorded, and can be stopped', async () => {
    await program(
      'sbatch',
      `if grep -q dependency '${join(folder, 'calls')}'; then echo 'sbatch: error: Invalid account' >&2; exit 1; fi; echo 7`,
    );
    await program('scancel', '');
    await program(
      'squeue',
      `if grep -q scancel '${join(folder, 'calls')}'; then echo 'CANCELLED by 0'; else echo PENDING; fi`,
    );
    await expect(
      submit(home(), { spec: generationSpec('slurm'), folder: files() }, options()),
    ).rejects.toThrow(/^sbatch --parsable .*: sbatch: error: Invalid account$/);
    const record = (await findRecord(home()))!;
    expect(record.ids).toEqual({ pieces: '7' });
    expect(await stopJob(record, { ...options(), seconds: 5 })).toBe('stopped');
    expect((await calls()).slice((await calls()).indexOf('scancel'))).toEqual(
      expect.arrayContaining(['scancel', '7']) as string[],
    );
  });

  test('a folder with what Slurm replaces in names of logs', async () => {
    await program('sbatch', 'echo 7');
    const spec = trainingSpec('slurm', 'cpu', 2);
    await submit(home(), { spec, folder: join(folder, '50%j') }, options());
    expect(await calls()).toContain(`--output=${folder}/50%%j/train-%j.log`);
  });

  test('squeue forgets, scontrol knows', async () => {
    await program('sbatch', 'echo 7');
    await program('squeue', 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1');
    await program('scontrol', 'echo "JobId=7 JobName=x JobState=TIMEOUT Reason=TimeLimit"');
    const record = await submit(
      home(),
      { spec: trainingSpec('slurm', 'cpu', 2), folder: files() },
      options(),
    );
    expect(await jobState(record, options())).toBe('failed');
    await writeFile(join(files(), 'train-7.log'), '0: hello\n');
    expect(await jobLogs(record, options())).toBe('==> train-7.log\n0: hello\n');
  });

  test('without Slurm it says what is missing', async () => {
    const alone = { variables: { PATH: join(folder, 'bin') } };
    await expect(
      submit(home(), { spec: trainingSpec('slurm', 'cpu', 2), folder: files() }, alone),
    ).rejects.toThrow("sbatch: not found; run this where the engine's own command line is installed");
  });
});

describe('Kubernetes', () => {
  test('the bundle goes through a pod, before the job; the run comes back the same way', async () => {
    await program('kubectl', 'case "$3" in create) echo jobset.jobset.x-k8s.io/bounce-df;; esac');
    const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2);
    const uploads = [{ from: '/home/me/bundle', to: '/fsx/bounce-df/bundle' }];
    const record = await submit(home(), { spec, folder: files() }, { ...options(), uploads });
    expect(record.ids).toEqual({ job: 'bounce-df' });
    await fetchRun(record, join(folder, 'home'), options());
    const verbs = (await calls()).filter((_, i, all) => all[i - 2] === '--namespace');
    expect(verbs).toEqual([
      ...['apply', 'wait', 'exec', 'cp', 'delete', 'create'],
      ...['apply', 'wait', 'cp', 'delete'],
    ]);
    expect(await calls()).toEqual(
      expect.arrayContaining([
        'bounce-df-files:/fsx/bounce-df',
        'bounce-df-files:/fsx/runs/bounce-df',
      ]) as string[],
    );
  });
});

test('a job that Kubernetes no longer knows was stopped', async () => {
  await program(
    'kubectl',
    `case "$3" in
      create) echo jobset.jobset.x-k8s.io/bounce-df;;
      get) grep -q jobset-gone '${join(folder, 'calls')}' || echo '{"status": {}}';;
      delete) echo jobset-gone >> '${join(folder, 'calls')}';;
    esac`,
  );
  const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2);
  const record = await submit(home(), { spec, folder: files() }, options());
  expect(await jobState(record, options())).toBe('pending');
  expect(await stopJob(record, { ...options(), seconds: 0 })).toBe('stopped');
});

test('what failed before an engine gave it a name was not launched', async () => {
  await program('aws', 'case "$*" in *submit-job*) echo "no such queue" >&2; exit 1;; esac');
  const spec = trainingSpec('batch', 'trn1.32xlarge', 2);
  await expect(submit(home(), { spec, folder: files() }, options())).rejects.toThrow('no such queue');
  expect(await findRecord(home())).toBeUndefined();
});

test('a record that was damaged is named', async () => {
  await mkdir(home());
  await writeFile(join(home(), 'launch.json'), '{"format": "orrery.launch"');
  await expect(findRecord(home())).rejects.toThrow(/launch\.json: .*; restore it, or launch again/);
  expect(await findRecord(join(folder, 'nothing'))).toBeUndefined();
});
