/** The files of each engine: as they were when they were last read by a person, and as others read them. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { launchEnvironment, runPython } from '@orrery/python';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { machineOf } from '../catalogue/catalogue.ts';
import { clusterExamples } from '../cluster/parallel-cluster.fixture.ts';
import { examples, generationSpec, trainingSpec } from '../spec/examples.fixture.ts';
import { quote } from '../spec/shell.ts';
import { validate } from '../spec/validate.ts';
import { engineOf } from './registry.ts';
import { scriptsIn } from './scripts.fixture.ts';

interface DeploymentSpec {
  selector: { matchLabels: object };
  progressDeadlineSeconds: number;
  template: {
    metadata: { labels: object };
    spec: {
      terminationGracePeriodSeconds: number;
      containers: {
        lifecycle: { preStop: { exec: { command: string[] } } };
        startupProbe: { periodSeconds: number; failureThreshold: number };
        volumeMounts: { name: string; readOnly?: boolean }[];
      }[];
    };
  };
}

const FOLDER = '/fsx/runs/bounce-df/launch';
const golden = fileURLToPath(new URL('../../golden/', import.meta.url));

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'orrery-engines-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const filesOf = ({ spec, machine }: (typeof examples)[number]) =>
  engineOf(spec.engine).files({ spec, machine, folder: FOLDER });

describe.each(examples.map((example) => [example.name, example] as const))('%s', (name, example) => {
  const { spec, machine } = example;
  const request = { spec, machine, folder: FOLDER };
  const files = filesOf(example);

  test('is as it was read last', async () => {
    for (const [file, text] of Object.entries(files)) {
      if (!file.endsWith('.py')) await expect(text).toMatchFileSnapshot(join(golden, name, file));
    }
    const ids = Object.fromEntries(
      engineOf(spec.engine)
        .submit(request)
        .flatMap(({ name: step, id }, i) => (id ? [[step, `${step}-${i}`]] : [])),
    );
    const engine = engineOf(spec.engine);
    const logs = engine.logs(request, ids);
    const commands = [
      ...(spec.job.kind !== 'generate'
        ? (engine.upload?.(request, [{ from: '/home/me/bounce df', to: spec.job.bundle }]) ?? [])
        : []),
      ...engine.submit(request).map((step) => step.command(ids)),
      ...engine.status(request, ids).map(({ command }) => command),
      ...('command' in logs ? [logs.command] : []),
      ...engine.stop(request, ids),
      ...(spec.job.kind === 'serve'
        ? []
        : (engine.fetch?.(request, spec.job.out, '/home/me/runs/bounce-df') ?? [])),
    ];
    const lines = commands.map((words) => words.map(quote).join(' '));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(golden, name, 'commands.txt'));
  });

  test('breaks no rule', () => {
    expect(validate(spec, machine).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('its scripts are bash', () => {
    const scripts = scriptsIn(files);
    if (spec.engine !== 'ray') expect(Object.keys(scripts).length).toBeGreaterThan(0);
    for (const [file, text] of Object.entries(scripts)) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
      expect([file, status, stderr]).toEqual([file, 0, '']);
      // bash 4.2, of Amazon Linux 2, takes an empty array for an unset variable.
      expect(text).not.toMatch(/(?<!\+)"\$\{\w+\[@\]\}"/);
    }
  });
});

describe('as others read them', async () => {
  const environment = await launchEnvironment();
  const missing = 'skipped' in environment ? environment.skipped : undefined;

  test('models of JobSet, schemas of Kubernetes, the service models of AWS', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    for (const example of examples) {
      const folder = join(scratch, example.name);
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(filesOf(example))) await writeFile(join(folder, name), text);
    }
    for (const [name, text] of Object.entries(clusterExamples)) {
      await mkdir(join(scratch, name), { recursive: true });
      await writeFile(join(scratch, name, 'cluster.yaml'), text);
    }
    const script = fileURLToPath(new URL('../../reference/validate.py', import.meta.url));
    const output = await runPython((environment as { python: string }).python, script, [scratch]);
    const read = JSON.parse(output) as Record<string, string[]>;
    expect(read['JobSet']).toHaveLength(3);
    expect(read['Pod']).toHaveLength(3 + 4 + 6);
    expect(read['Deployment']).toHaveLength(6);
    expect(read['Service']).toHaveLength(6);
    expect(read['PodDisruptionBudget']).toHaveLength(5);
    expect(read['CreateTrainingJob']).toHaveLength(2);
    expect(read['RegisterJobDefinition']).toHaveLength(4);
    if (read['SkyPilot task'] === undefined)
      process.stderr.write('SkyPilot tasks: not checked; no skypilot\n');
    else expect(read['SkyPilot task']).toHaveLength(3);
    if (read['ParallelCluster'] === undefined)
      process.stderr.write('ParallelCluster: not checked; no aws-parallelcluster\n');
    else expect(read['ParallelCluster']).toHaveLength(Object.keys(clusterExamples).length);
    // What must not pass does not.
    await expect(
      runPython((environment as { python: string }).python, script, ['--self-test']),
    ).resolves.toContain('all refused');
  }, 60_000);
});

test('quoted words reach a program as they are', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
        { minLength: 1, maxLength: 200 },
      ),
      (words) => {
        const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`], {
          encoding: 'utf8',
        });
        expect(stdout.split('\0').slice(0, -1)).toEqual(words.map((word) => word.toWellFormed()));
      },
    ),
    { numRuns: 8 },
  );
}, 30_000);

describe('what a process is started with', () => {
  /** Runs the script of an example with a Python that tells its arguments and environment. */
  async function started(name: string, file: string, variables: Record<string, string>, more: object = {}) {
    const example = examples.find((one) => one.name === name)!;
    const teller = join(scratch, 'teller');
    await writeFile(
      teller,
      `#!${process.execPath}\nconsole.log(JSON.stringify({ words: process.argv.slice(2), env: process.env, at: process.cwd() }))`,
      { mode: 0o755 },
    );
    const spec = { ...example.spec, python: teller, ...more };
    const scripts = scriptsIn(engineOf(spec.engine).files({ ...example, spec, folder: FOLDER }));
    const { stdout } = await promisify(execFile)('bash', ['-c', scripts[file]], {
      env: { PATH: process.env['PATH']!, ...variables },
    });
    return JSON.parse(stdout) as { words: string[]; env: Record<string, string>; at: string };
  }

  test('on Slurm, with Neuron: rank, head, and ports of its own after a restart', async () => {
    const variables = { ORRERY_HEAD_ADDRESS: '10.0.0.4', SLURM_PROCID: '3', SLURM_RESTART_COUNT: '2' };
    const { words, env } = await started('slurm-train-trn2.48xlargex4', 'process.sh', variables);
    expect(words).toEqual([
      ...['/fsx/bundles/bounce df/run.py', '/fsx/bundles/bounce df', '--data', '/fsx/data/bounce-full'],
      ...['--out', '/fsx/runs/bounce-df', '--platform', 'neuron', '--steps', '5000', '--cache', '/fsx/cache'],
      ...['--coordinator', '10.0.0.4:41005', '--processes', '4', '--process', '3'],
    ]);
    expect(env).toMatchObject({
      NEURON_RT_ROOT_COMM_ID: '10.0.0.4:41004',
      NEURON_PJRT_PROCESSES_NUM_DEVICES: '64,64,64,64',
      NEURON_PJRT_PROCESS_INDEX: '3',
      NEURON_LOGICAL_NC_CONFIG: '2',
      NEURON_RT_NUM_CORES: '64',
      FI_PROVIDER: 'efa',
    });
  });

  test('on Kubernetes, with GPUs: no word of Neuron', async () => {
    const at = 'job.yaml.spec.replicatedJobs.0.template.spec.template.spec.containers.0.command';
    const variables = { JOB_COMPLETION_INDEX: '1', ORRERY_RESTART: '0' };
    const { words, env } = await started('kubernetes-train-p5.48xlargex2', at, variables);
    expect(words.slice(-6)).toEqual([
      ...['--coordinator', 'bounce-df-node-0-0.bounce-df:41001', '--processes', '2', '--process', '1'],
    ]);
    expect(Object.keys(env).filter((name) => name.startsWith('NEURON'))).toEqual([]);
    expect(env).toMatchObject({ NCCL_SOCKET_IFNAME: '^lo', FI_EFA_USE_HUGE_PAGE: '0' });
  });

  test('on Kubernetes, to serve: the chips of a replica, and an address that others reach', async () => {
    const at = 'deployment.yaml.spec.template.spec.containers.0.command';
    const trainium = await started('kubernetes-serve-trn2.48xlarge', at, {});
    expect(trainium.words).toEqual([
      ...['/fsx/bundles/bounce df/serve.py', '/fsx/bundles/bounce df', '--host', '0.0.0.0', '--port', '8000'],
      ...['--platform', 'neuron', '--grace', '60', '--cache', '/fsx/cache'],
    ]);
    // 4 chips of 8 cores, two of which are one.
    expect(trainium.env).toMatchObject({
      NEURON_PJRT_PROCESSES_NUM_DEVICES: '16',
      NEURON_RT_NUM_CORES: '16',
      NEURON_COMPILE_CACHE_URL: '/fsx/cache',
    });
    expect(trainium.env['NEURON_RT_ROOT_COMM_ID']).toBeUndefined();
    const one = await started('kubernetes-serve-trn1.2xlarge', at, {});
    expect(one.env['NEURON_RT_NUM_CORES']).toBe('2');
    expect(one.words.slice(2, 4)).toEqual(['--weights', '/fsx/runs/bounce df']);
    const { words } = await started('kubernetes-serve-cpu', at, {});
    expect(words.slice(-6)).toEqual(['--platform', 'cpu', '--grace', '60', '--max-clips', '16']);
  });

  test('on Kubernetes: a server ends before it is ended, and writes to its cache alone', () => {
    for (const { spec, machine } of examples.filter((example) => example.spec.job.kind === 'serve')) {
      const files = engineOf('kubernetes').files({ spec: spec as never, machine, folder: FOLDER });
      const { spec: made } = parse(files['deployment.yaml']) as { spec: DeploymentSpec };
      const pod = made.template.spec;
      const [server] = pod.containers;
      expect(made.template.metadata.labels).toMatchObject(made.selector.matchLabels);
      const given = spec.job.kind === 'serve' ? spec.job.grace : NaN;
      const [, waits] = server.lifecycle.preStop.exec.command;
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(given + Number(waits));
      const { periodSeconds, failureThreshold } = server.startupProbe;
      expect(made.progressDeadlineSeconds).toBeGreaterThan(periodSeconds * failureThreshold);
      const written = server.volumeMounts.filter(({ name, readOnly }) => name === 'shared' && !readOnly);
      const kept = spec.cache?.startsWith('/fsx/')
        ? [{ name: 'shared', mountPath: spec.cache, subPath: 'cache' }]
        : [];
      expect(written).toEqual(kept);
    }
  });

  test('on Kubernetes: dollars that are no variables of it stay', async () => {
    const value = '$$a $(JOB_COMPLETION_INDEX) $((1)) $b $$(ORRERY_RESTART)';
    const spec = trainingSpec('kubernetes', 'cpu', 1, { environment: { A: value }, cache: undefined });
    const files = engineOf('kubernetes').files({ spec: spec as never, machine: undefined, folder: FOLDER });
    const [text] = Object.values(scriptsIn(files));
    // Kubernetes documentation, "Define dependent environment variables": $(NAME) is replaced, $$ is one $.
    const known: Record<string, string> = { JOB_COMPLETION_INDEX: '0', ORRERY_RESTART: '0' };
    const expanded = text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (all, name: string | undefined) =>
      name === undefined ? '$' : (known[name] ?? all),
    );
    expect(expanded).toContain(`export A='${value}'`);
  });

  test('on Batch, where the main node has no address of itself in the environment', async () => {
    const at = 'train.json.nodeProperties.nodeRangeProperties.0.container.command';
    const main = await started('batch-train-trn1.32xlargex4', at, { AWS_BATCH_JOB_NODE_INDEX: '0' });
    expect(main.env['NEURON_RT_ROOT_COMM_ID']).toMatch(/^[\d.]+:41000$/);
    const other = await started('batch-train-trn1.32xlargex4', at, {
      ...{ AWS_BATCH_JOB_NODE_INDEX: '2', AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: '10.0.0.4' },
    });
    expect(other.env['NEURON_RT_ROOT_COMM_ID']).toBe('10.0.0.4:41000');
    expect(other.words.slice(-2)).toEqual(['--process', '2']);
    // The only choice on trn1, whose runtime does not know the variable.
    expect(other.env['NEURON_LOGICAL_NC_CONFIG']).toBeUndefined();
    expect(other.env['NEURON_PJRT_PROCESSES_NUM_DEVICES']).toBe('32,32,32,32');
  });

  test.each([
    ['batch-train-trn1.32xlargex4', 'train.json.nodeProperties.nodeRangeProperties.0.container.command'],
    ['skypilot-train-trn2.48xlargex2', 'task.yaml.run'],
  ])('%s: where it was told to begin', async (name, at) => {
    const workdir = join(scratch, "it's here");
    await mkdir(workdir, { recursive: true });
    const variables = { SKYPILOT_NODE_IPS: '10.0.0.7', SKYPILOT_NODE_RANK: '0' };
    expect((await started(name, at, variables, { workdir })).at).toBe(workdir);
    const ofSageMaker = trainingSpec('sagemaker', 'trn1.32xlarge', 2, { workdir });
    const ofRay = trainingSpec('ray', 'cpu', 2, { workdir, cache: undefined });
    const file = (spec: typeof ofRay, own: string) =>
      engineOf(spec.engine).files({
        spec: spec as never,
        machine: machineOf('trn1.32xlarge'),
        folder: FOLDER,
      })[own];
    expect(file(ofSageMaker, 'train.sh')).toContain(`\ncd -- ${quote(workdir)}\n`);
    expect(JSON.parse(file(ofRay, 'ray.json'))).toMatchObject({ workdir });
  });

  test('on SkyPilot: machine 0 waits for the pieces of the others, whatever an earlier job left', async () => {
    const folder = join(scratch, 'pieces');
    await mkdir(join(folder, 'bin'), { recursive: true });
    const program = (name: string, script: string) =>
      writeFile(join(folder, 'bin', name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    // Machine 1 takes longer.
    await program(
      'orrery',
      `[ "$SKYPILOT_NODE_RANK" = 0 ] || /bin/sleep 0.3; echo "\${@: -1}" >> '${folder}/made'`,
    );
    await program('sleep', '/bin/sleep 0.05');
    const out = join(folder, 'data');
    for (const node of [0, 1]) await writeFile(`${out}.done-${node}`, '');
    const spec = generationSpec('skypilot', {
      ...{ nodes: 2, orrery: [join(folder, 'bin', 'orrery')], cpus: 1 },
      job: { kind: 'generate', dataset: 'bounce', size: 'full', pieces: 4, out },
    });
    const files = engineOf('skypilot').files({ spec: spec as never, machine: undefined, folder: FOLDER });
    const start = (rank: number) =>
      promisify(execFile)('bash', ['-c', scriptsIn(files)['task.yaml.run']], {
        env: {
          ...{ PATH: `${folder}/bin:${process.env['PATH']}`, SKYPILOT_NODE_RANK: String(rank) },
          SKYPILOT_TASK_ID: 'sky-2026-11-29_worlds_1',
        },
      });
    await Promise.all([start(0), start(1)]);
    const made = (await readFile(join(folder, 'made'), 'utf8')).trim().split('\n');
    // The last is the whole, whose last argument is the number of its workers.
    expect([made.slice(0, -1).sort(), made.at(-1)]).toEqual([['0/4', '1/4', '2/4', '3/4'], '1']);
    expect((await readdir(folder)).sort()).toEqual(['bin', 'data.done-0', 'data.done-1', 'made']);
  });

  test('on SkyPilot: the first address is the head', async () => {
    const { words } = await started('skypilot-train-trn2.48xlargex2', 'task.yaml.run', {
      ...{ SKYPILOT_NODE_IPS: '10.0.0.7\n10.0.0.9', SKYPILOT_NODE_RANK: '1' },
    });
    expect(words).toContain('10.0.0.7:41001');
  });
});
