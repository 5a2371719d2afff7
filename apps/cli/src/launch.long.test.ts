/**
 * A real Slurm and a real Ray, each of two nodes on this machine: `orrery launch` trains over two processes, which exchange
 * gradients; is killed and goes on; is stopped and leaves nothing. No Trainium and no GPU takes part.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jaxEnvironment, rayEnvironment, runPython } from '@orrery/python';
import { listCheckpoints, readMetrics } from '@orrery/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRay } from './clusters/ray.fixture.ts';
import { freePorts } from './clusters/free-ports.fixture.ts';
import { missingSlurm, startSlurm, type Cluster } from './clusters/slurm.fixture.ts';
import { runOrrery } from './command.fixture.ts';

const jax = await jaxEnvironment();
const ray = await rayEnvironment();
const python = 'python' in jax ? jax.python : '';
const noJax = 'skipped' in jax ? jax.skipped : undefined;

interface Engine {
  readonly name: 'slurm' | 'ray';
  readonly missing: string | undefined;
  start(): Promise<Cluster & { readonly address?: string }>;
}
const engines: Engine[] = [
  { name: 'slurm', missing: await missingSlurm(), start: startSlurm },
  {
    name: 'ray',
    missing: 'skipped' in ray ? ray.skipped : undefined,
    start: () => startRay((ray as { python: string }).python),
  },
];

const STEPS = 40;
const settings = [
  ...['model.width=8', 'model.blocks=1', 'model.unroll=1', 'training.batch=4', 'training.warmup=2'],
  ...['training.stepsPerCall=2', 'training.checkpointEvery=8'],
].flatMap((setting) => ['--set', setting]);

describe.each(engines)('$name', ({ name, missing, start }) => {
  const skipped = noJax ?? missing;
  if (skipped !== undefined) process.stderr.write(`launches on ${name} skipped: ${skipped}\n`);
  let cluster: Awaited<ReturnType<typeof start>>;
  let folder: string;
  /** Of a single process, over the same clips. */
  let alone: number[];

  beforeAll(async () => {
    if (skipped !== undefined) return;
    folder = await mkdtemp(join(tmpdir(), `orrery-launch-${name}-`));
    cluster = await start();
    await succeed('generate', 'bounce', '--size', 'tiny', '--out', join(folder, 'data', 'bounce-tiny'));
  });
  afterAll(async () => {
    if (skipped !== undefined) return;
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) => runOrrery(folder, args, cluster.variables);
  async function succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(...args);
    expect([args.join(' '), code, code === 0 ? '' : stderr]).toEqual([args.join(' '), 0, '']);
    return stdout;
  }
  async function engineSettings(): Promise<string[]> {
    const [rootComm, coordinator] = await freePorts(2);
    return [
      ...['launch.cpus=1', `launch.python=${python}`],
      ...[`launch.ports.rootComm=${rootComm}`, `launch.ports.coordinator=${coordinator}`],
      ...(cluster.address === undefined ? [] : [`launch.ray.address=${cluster.address}`]),
    ].flatMap((setting) => ['--set', setting]);
  }
  async function launchTraining(runName: string, steps: number, ...more: string[]) {
    return [
      ...['launch', 'bounce', '--size', 'tiny', '--on', name, '--nodes', '2', '--run', runName, ...settings],
      ...['--set', `training.steps=${steps}`, ...(await engineSettings()), ...more],
    ];
  }
  const runFolder = (runName: string) => join(folder, 'runs', runName);
  async function losses(at: string): Promise<number[]> {
    const lines = (await readMetrics(at)).filter((line) => 'loss' in line);
    expect(lines.map(({ step }) => step)).toEqual(lines.map((_, i) => i + 1));
    return lines.map((line) => ('loss' in line ? line.loss : NaN));
  }
  async function untilStep(runName: string, step: number): Promise<void> {
    for (const started = Date.now(); Date.now() - started < 180_000; await sleep(50))
      if ((await readMetrics(runFolder(runName))).some((line) => line.step >= step)) return;
    throw new Error(`step ${step} was never reached: ${await succeed('logs', runName)}`);
  }
  const furthest = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - b[i]!) / Math.abs(b[i]!))) : Infinity;

  test('generates a dataset in pieces: the bytes of one process', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    const own = await engineSettings();
    const out = join(folder, 'pieces');
    await succeed(
      ...['launch', 'bounce', '--size', 'tiny', '--on', name, '--generate', '3', '--run', out],
      ...['--set', 'launch.slurm.exclusive=false', '--follow', ...own].filter(
        (word, i, all) => name === 'slurm' || !(word.includes('slurm') || all[i + 1]?.includes('slurm')),
      ),
    );
    const checksum = async (at: string) =>
      (JSON.parse(await succeed('verify', at, '--json')) as { checksum?: string }).checksum ??
      (await readFile(join(at, 'zarr.json'), 'utf8')).match(/"dataset":\s*"([0-9a-f]{64})"/)?.[1];
    expect(await checksum(out)).toBe(await checksum(join(folder, 'data', 'bounce-tiny')));
    expect(await checksum(out)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('trains over two processes to the losses of one', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    const printed = await succeed(...(await launchTraining('whole', STEPS, '--follow', '--json')));
    expect(JSON.parse(printed)).toMatchObject({ state: 'succeeded', nodes: 2, reached: { step: STEPS } });
    const bundle = join(runFolder('whole'), 'bundle');
    const single = join(folder, 'alone');
    await runPython(python, join(bundle, 'run.py'), [
      ...[bundle, '--data', join(folder, 'data', 'bounce-tiny'), '--out', single, '--platform', 'cpu'],
    ]);
    alone = await losses(single);
    expect(alone).toHaveLength(STEPS);
    expect(furthest(await losses(runFolder('whole')), alone)).toBeLessThan(1e-4);
    const logs = await succeed('logs', 'whole');
    expect(logs).toMatch(/"devices": 2/);
    expect(logs).toMatch(/Rank 1 is connected to 1 peer/);
    // It is a run like one that was trained here.
    expect(await succeed('fetch', 'whole')).toContain('it is here already');
    expect((await listCheckpoints(runFolder('whole'))).at(-1)!.step).toBe(STEPS);
  });

  test('a killed process ends the job, which goes on from the last checkpoint', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    await succeed(...(await launchTraining('killed', STEPS)));
    await untilStep('killed', 18);
    const [victim] = (await processesOf(runFolder('killed'))).filter(({ words }) => words.at(-1) === '1');
    process.kill(victim!.pid, 'SIGKILL');
    const ended = await run('status', 'killed', '--follow', '--json');
    expect([ended.code, (JSON.parse(ended.stdout) as { state: string }).state]).toEqual([1, 'failed']);
    await untilNone(runFolder('killed'));
    const kept = (await listCheckpoints(runFolder('killed'))).at(-1)!.step;
    expect(kept).toBeGreaterThanOrEqual(16);
    expect(kept).toBeLessThan(STEPS);

    await succeed(...(await launchTraining('killed', STEPS, '--follow')));
    expect(await succeed('logs', 'killed')).toMatch(new RegExp(`"event": "resumed", "step": ${kept}\\b`));
    expect(furthest(await losses(runFolder('killed')), alone)).toBeLessThan(1e-4);
  });

  test('stop writes a checkpoint and leaves no process', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    await succeed(...(await launchTraining('stopped', 5000)));
    await untilStep('stopped', 2);
    expect((await processesOf(runFolder('stopped'))).length).toBeGreaterThanOrEqual(2);
    const again = await run(...(await launchTraining('stopped', 5000)));
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/it is running already; "orrery stop/),
    ]);
    const { state } = JSON.parse(await succeed('stop', 'stopped', '--json')) as { state: string };
    expect(state).toBe('stopped');
    await untilNone(runFolder('stopped'));
    const [at, done] = [
      (await listCheckpoints(runFolder('stopped'))).at(-1)?.step,
      await losses(runFolder('stopped')),
    ];
    expect(at).toBe(done.length);
    expect(JSON.parse(await succeed('status', 'stopped', '--json'))).toMatchObject({
      state: 'stopped',
      ended: true,
    });
  });

  test.runIf(name === 'slurm')(
    'trains where machines share another folder, and brings the run home',
    async (context) => {
      if (skipped !== undefined) return context.skip(skipped);
      const shared = join(folder, 'shared');
      await cp(join(folder, 'data'), join(shared, 'data'), { recursive: true });
      await succeed(...(await launchTraining('elsewhere', 4, '--shared', shared, '--follow')));
      expect(await readdir(runFolder('elsewhere'))).toEqual(['launch.json']);
      expect(await succeed('fetch', 'elsewhere')).toMatch(/^fetched {3}.*elsewhere$/m);
      expect(await losses(runFolder('elsewhere'))).toHaveLength(4);
      // Four updates meet no bound: what counts is that the run is read and rolled out.
      const { stdout } = await run('evaluate', 'elsewhere', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ figures: expect.arrayContaining([]) as object[] });
      expect(await readdir(runFolder('elsewhere'))).toEqual(
        expect.arrayContaining(['scorecard.json', 'checkpoints']),
      );
    },
  );

  test.runIf(name === 'slurm')('sbatch takes what is made for a cluster of Trainiums', async (context) => {
    if (skipped !== undefined) return context.skip(skipped);
    const { files } = JSON.parse(
      await succeed(
        ...[
          'launch',
          'bounce',
          '--size',
          'tiny',
          '--on',
          'slurm',
          '--target',
          'trn2.48xlarge',
          '--nodes',
          '2',
        ],
        ...[
          '--set',
          'training.batch=128',
          '--set',
          'launch.minutes=600',
          '--set',
          'launch.slurm.account=physics',
        ],
        ...[
          '--set',
          'launch.slurm.compilePartition=all',
          '--set',
          'launch.cache=/fsx/cache',
          '--dry-run',
          '--json',
        ],
      ),
    ) as { files: Record<string, string> };
    const scripts = Object.keys(files).filter((file) => file.endsWith('.sbatch'));
    expect(scripts.sort()).toEqual(['compile.sbatch', 'train.sbatch']);
    await mkdir(join(folder, 'dry'), { recursive: true });
    for (const file of scripts) {
      await writeFile(join(folder, 'dry', file), files[file]!);
      const env = { ...process.env, ...cluster.variables };
      const options = { env, encoding: 'utf8' } as const;
      const { status, stderr } = spawnSync('sbatch', ['--test-only', join(folder, 'dry', file)], options);
      expect([file, status, stderr]).toEqual([file, 0, expect.stringMatching(/to start at/)]);
    }
  });
});

/** Running programs whose arguments name a path. */
async function processesOf(path: string): Promise<{ pid: number; words: string[] }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid, words: text.split('\0').slice(0, -1) };
    }),
  );
  return found.filter(
    ({ pid, words }) => pid !== process.pid && words.some((word) => word.includes(`${path}/bundle/run.py`)),
  );
}

async function untilNone(path: string): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 60_000; await sleep(200))
    if ((await processesOf(path)).length === 0) return;
  expect(await processesOf(path)).toEqual([]);
}
