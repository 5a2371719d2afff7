/**
 * `orrery serve` as a user meets it, up to where a cluster would begin: kubectl only writes down what it is told, and what the
 * Deployment tells a pod to run is run here.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jaxEnvironment } from '@orrery/python';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePorts } from './clusters/free-ports.fixture.ts';
import { runOrrery } from './command.fixture.ts';

const jax = await jaxEnvironment();
const skipped = 'skipped' in jax ? jax.skipped : undefined;
const python = 'python' in jax ? jax.python : '';

let folder: string;
const calls = () => readFile(join(folder, 'calls'), 'utf8').then((text) => text.trim().split('\n'));

const run = (...args: string[]) =>
  runOrrery(folder, args, { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` });
async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect([args.join(' '), code, code === 0 ? '' : stderr]).toEqual([args.join(' '), 0, '']);
  return stdout;
}

const small = [
  'model.width=16',
  'model.layers=1',
  'model.unroll=1',
  'training.batch=4',
  'training.warmup=2',
  'training.steps=6',
];
const settings = (...all: string[]) => all.flatMap((setting) => ['--set', setting]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-serve-'));
  await mkdir(join(folder, 'bin'));
  const script = `#!/bin/sh
echo "$@" >> '${join(folder, 'calls')}'
if [ "$3" = get ]; then echo '{"status": {"readyReplicas": 2}}'; fi
`;
  await writeFile(join(folder, 'bin', 'kubectl'), script, { mode: 0o755 });
  await succeed('generate', 'bounce', '--size', 'tiny', '--out', join(folder, 'data', 'bounce-tiny'));
  await succeed(
    'train',
    join(folder, 'data', 'bounce-tiny'),
    '--family',
    'state-mlp',
    '--run',
    'mine',
    ...settings(...small),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('where the machines see another file system, the bundle is brought there', async () => {
  const args = [
    'serve',
    'mine',
    '--on',
    'kubernetes',
    '--replicas',
    '2',
    '--shared',
    '/shared',
    '--target',
    'trn2.3xlarge',
  ];
  const own = settings(
    'launch.kubernetes.image=orrery:1',
    'launch.kubernetes.volumeClaim=fsx',
    'launch.cache=/shared/cache',
  );
  expect(await succeed(...args, ...own, '--dry-run')).toContain('aws.amazon.com/neuron: 1');
  expect(await run('status', 'mine.serve')).toMatchObject({ code: 1 });
  await succeed(...args, ...own);
  const local = join(folder, 'runs', 'mine.serve');
  const told = await calls();
  expect(told).toContain(
    `--namespace default cp --retries=5 ${local}/step6-batch1-f32-trn2 mine-files:/shared/mine.serve`,
  );
  expect(told.at(-1)).toMatch(
    /^--namespace default apply --filename .*deployment\.yaml .*service\.yaml .*disruption\.yaml$/,
  );
  expect(await succeed('status', 'mine.serve')).toMatch(
    /^running\n +2 x trn2\.3xlarge on kubernetes: service mine;/,
  );
  const { code, stderr } = await run('fetch', 'mine.serve');
  expect([code, stderr]).toEqual([
    1,
    'error: service "mine": it writes no folder; "orrery logs" has what it said\n',
  ]);
});

test('what a pod is told to run serves the run', async (context) => {
  if (skipped) return context.skip(skipped);
  const shared = join(folder, 'shared');
  await mkdir(shared);
  const [port] = await freePorts(1);
  const own = settings(
    ...[
      'launch.kubernetes.image=orrery:1',
      'launch.kubernetes.volumeClaim=fsx',
      `launch.kubernetes.mount=${shared}`,
    ],
    ...[`launch.python=${python}`, `launch.job.port=${port}`],
  );
  await succeed('serve', 'mine', '--on', 'kubernetes', '--shared', shared, ...own);
  const manifest = await readFile(join(shared, 'mine.serve', 'launch', 'deployment.yaml'), 'utf8');
  const { spec } = parse(manifest) as {
    spec: { template: { spec: { containers: { command: [string, ...string[]] }[] } } };
  };
  const [program, ...args] = spec.template.spec.containers[0].command;
  const server = spawn(program, args, { cwd: tmpdir(), stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => server.on('close', resolve));
  try {
    const address = `http://127.0.0.1:${port}`;
    const status = () =>
      fetch(`${address}/healthz`).then(
        (response) => response.status,
        () => 0,
      );
    while (server.exitCode === null && (await status()) !== 200) await sleep(100);
    const about = await (await fetch(`${address}/v1/model`)).json();
    expect(about).toMatchObject({ family: 'state-mlp', weights: { step: 6 } });
  } finally {
    server.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
});

test('a bundle is served as it is, where it suits', async () => {
  const bundle = join(folder, 'bundle');
  await succeed('export', 'mine', '--format', 'stablehlo', '--out', bundle);
  const own = settings(
    'launch.kubernetes.image=orrery:1',
    'launch.kubernetes.volumeClaim=fsx',
    `launch.kubernetes.mount=${folder}`,
  );
  const serve = (...more: string[]) =>
    run('serve', bundle, '--on', 'kubernetes', '--dry-run', ...more, ...own);
  expect((await serve()).stdout).toContain(`${bundle}/serve.py ${bundle} --host`);
  const other = await serve('--target', 'trn2.3xlarge');
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringContaining('was written for no Neuron compiler; export it again with --target trn2'),
  ]);
  const untrained = join(folder, 'untrained');
  await succeed(
    'export',
    join(folder, 'data', 'bounce-tiny'),
    '--format',
    'stablehlo',
    '--family',
    'state-mlp',
    '--out',
    untrained,
    ...settings(...small),
  );
  const refused = await run('serve', untrained, '--on', 'kubernetes', ...own);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('its weights are not trained')]);
});
