/** A job's life through command lines, with programs in the engines' places that write down how they were called. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generationSpec, servingSpec, trainingSpec } from '../spec/examples.fixture.ts';
import { fetchRun } from './fetch.ts';
import { jobLogs, jobState, stopJob, submit, waitForEnd } from './job.ts';
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

describe('waiting for the end', () => {
  const follow = { interval: 0.01, patience: 0.5 };
  const slurm = () => submit(home(), { spec: trainingSpec('slurm', 'cpu', 2), folder: files() }, options());

  test('of a job that nobody knows ends with what was asked last', async () => {
    await program('sbatch', 'echo 7');
    await program('squeue', '');
    await program('scontrol', 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1');
    await program('sacct', '');
    await expect(waitForEnd(await slurm(), { ...options(), ...follow })).rejects.toThrow(
      /^job "bounce-df": slurm has known nothing of it for 0.5 s \(.*Invalid job id specified\); ask its own tools for 7$/,
    );
  });

  test('outlasts an engine that does not answer for a while', async () => {
    const asked = join(folder, 'asked');
    await program('sbatch', 'echo 7');
    await program('scontrol', 'exit 1');
    await program('sacct', 'exit 1');
    await program(
      'squeue',
      `echo x >> '${asked}'; case $(wc -l < '${asked}') in 1) echo RUNNING;; 5) echo COMPLETED;; *) exit 1;; esac`,
    );
    const seen: string[] = [];
    const onState = (state: string) => void seen.push(state);
    expect(await waitForEnd(await slurm(), { ...options(), ...follow, patience: 60, onState })).toBe(
      'succeeded',
    );
    expect(seen).toEqual(['running', 'unknown', 'unknown', 'unknown', 'succeeded']);
  });

  test('on Kubernetes: what was there and is gone was stopped', async () => {
    await program(
      'kubectl',
      `case "$3" in
        create) echo jobset.jobset.x-k8s.io/bounce-df;;
        get) echo x >> '${join(folder, 'asked')}'; [ $(wc -l < '${join(folder, 'asked')}') -gt 1 ] || echo '{"status": {}}';;
      esac`,
    );
    const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2);
    const record = await submit(home(), { spec, folder: files() }, options());
    expect(await waitForEnd(record, { ...options(), ...follow })).toBe('stopped');
  });

  test('fails at once where the engine cannot be asked at all', async () => {
    await program(
      'aws',
      'case "$*" in *submit-job*) echo \'{"jobId": "7"}\';; *describe*) echo "expired" >&2; exit 1;; esac',
    );
    const spec = trainingSpec('batch', 'trn1.32xlarge', 2);
    const record = await submit(home(), { spec, folder: files() }, options());
    await expect(waitForEnd(record, { ...options(), ...follow, patience: 60 })).rejects.toThrow('expired');
  });
});

describe('Kubernetes', () => {
  test('the bundle goes through a pod, before the job; the run comes back the same way', async () => {
    await program(
      'kubectl',
      'case "$3" in create) echo jobset.jobset.x-k8s.io/bounce-df;; cp) case "$6" in *:*) ;; *) mkdir -p "$6";; esac;; esac',
    );
    const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2);
    const uploads = [{ from: '/home/me/bundle', to: '/fsx/bounce-df/bundle' }];
    const record = await submit(home(), { spec, folder: files() }, { ...options(), uploads });
    expect(record.ids).toEqual({ job: 'bounce-df' });
    await fetchRun(record, join(folder, 'home'), options());
    const verbs = (await calls()).filter((_, i, all) => all[i - 2] === '--namespace');
    expect(verbs).toEqual([
      // A pod of an earlier copy is gone before there is another of its name.
      ...['delete', 'create', 'wait', 'exec', 'cp', 'delete', 'create'],
      ...['delete', 'create', 'wait', 'cp', 'delete'],
    ]);
    expect(await calls()).toEqual(
      expect.arrayContaining([
        'bounce-df-files:/fsx/bounce-df',
        'bounce-df-files:/fsx/runs/bounce-df',
      ]) as string[],
    );
    expect((await calls()).filter((word) => word.startsWith('--wait'))).toEqual(Array(4).fill('--wait=true'));
  });

  test('what kubectl would take for the name of a pod is refused before anything runs', async () => {
    await program('kubectl', '');
    const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2);
    const uploads = [{ from: '/home/me/12:30/bundle', to: '/fsx/bounce-df/bundle' }];
    await expect(submit(home(), { spec, folder: files() }, { ...options(), uploads })).rejects.toThrow(
      'folder /home/me/12:30/bundle: "kubectl cp" takes what is before ":" for a pod',
    );
    await expect(calls()).rejects.toThrow('ENOENT');
  });

  test('a fetched run appears file by file, whole, and what is there already stays', async () => {
    // As kubectl does: what is below the folder goes to the other. It tells what it was given to write into.
    await program(
      'kubectl',
      `case "$3" in
        create) echo jobset.jobset.x-k8s.io/bounce-df;;
        cp) mkdir -p "$6/checkpoints"; echo new > "$6/metrics.jsonl"; echo x > "$6/checkpoints/step-1.json";;
      esac`,
    );
    const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2);
    const record = await submit(home(), { spec, folder: files() }, options());
    await writeFile(join(home(), 'metrics.jsonl'), 'old');
    await writeFile(join(home(), 'mine'), 'mine');
    await fetchRun(record, home(), options());
    const into = (await calls()).at((await calls()).indexOf('bounce-df-files:/fsx/runs/bounce-df') + 1)!;
    expect(into).not.toBe(home());
    expect(into.startsWith(home())).toBe(true);
    expect((await readdir(home())).sort()).toEqual(['checkpoints', 'launch.json', 'metrics.jsonl', 'mine']);
    expect(await readFile(join(home(), 'metrics.jsonl'), 'utf8')).toBe('new\n');
    expect(await readdir(join(home(), 'checkpoints'))).toEqual(['step-1.json']);
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

test('a service is applied, runs once a server is ready, and is taken away; it has no folder to fetch', async () => {
  await program(
    'kubectl',
    `case "$3" in
      apply) : > "${folder}/there";;
      get) if [ -e "${folder}/there" ]; then echo '{"status": {"readyReplicas": 1}}'; fi;;
      logs) echo ready;;
      delete) rm "${folder}/there";;
    esac`,
  );
  const spec = servingSpec('kubernetes', 'cpu');
  const record = await submit(home(), { spec, folder: files() }, options());
  expect(record.ids).toEqual({ service: 'bounce-df' });
  expect(await jobState(record, options())).toBe('running');
  expect(await jobLogs(record, options())).toBe('ready\n');
  await expect(fetchRun(record, join(folder, 'home'), options())).rejects.toThrow(
    'service "bounce-df": it writes no folder',
  );
  expect(await stopJob(record, options())).toBe('stopped');
  expect(await findRecord(home())).toEqual(record);
});
