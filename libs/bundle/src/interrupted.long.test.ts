/** A run of the runner that is killed, stopped or spread over processes ends with the losses of one that was left alone. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jaxEnvironment } from '@orrery/python';
import { decodeSafetensors, listCheckpoints, loadCheckpoint, readCheckpoint, readMetrics, type StepLine } from '@orrery/train'; // prettier-ignore
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, furthest, lossesIn, makeDataset, requestFor, run, STEPS, temporaryFolder, trainHere, trainOnXla, validationsIn } from './runner.fixture.ts'; // prettier-ignore
import { writeBundle } from './write-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
const [data, bundle] = [join(root, 'data'), join(root, 'bundle')];
let whole: number[] = [];
/** All that the last checkpoint holds; the order of a header's metadata is not the same each time. */
const stateIn = (folder: string) => {
  const file = join(folder, `checkpoints/step-${String(STEPS).padStart(8, '0')}.safetensors`);
  return decodeSafetensors(readFileSync(file), file).arrays;
};

beforeAll(async () => {
  if (skipped) return;
  await makeDataset(data);
  const request = await requestFor('residual-conv', data, { stepsPerCall: 1, checkpointEvery: 4 });
  await writeBundle({ ...request, out: bundle });
  whole = await trainOnXla(python, bundle, { data, out: join(root, 'whole') });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('killed three times, it continues from the last checkpoint: the same losses and weights, to the bit', async (context) => {
  if (skipped) return context.skip(skipped);
  const out = join(root, 'killed');
  for (const at of [6, 9, 15]) {
    const ran = await run(python, bundle, ['--data', data, '--out', out], ({ event, step }, child) => {
      if (event === 'step' && step === at) child.kill('SIGKILL');
    });
    expect(ran.signal).toBe('SIGKILL');
    const newest = (await listCheckpoints(out)).at(-1)!.step;
    expect(newest).toBeGreaterThanOrEqual(4 * Math.floor((at - 1) / 4));
  }
  const last = await run(python, bundle, ['--data', data, '--out', out]);
  expect(last.events.filter(({ event }) => event === 'resumed')).toEqual([
    { event: 'resumed', step: expect.any(Number) as number },
  ]);
  expect(await lossesIn(out)).toEqual(whole);
  expect(await validationsIn(out)).toEqual(await validationsIn(join(root, 'whole')));
  expect(stateIn(out)).toEqual(stateIn(join(root, 'whole')));
  // What is done stays done.
  const again = await run(python, bundle, ['--data', data, '--out', out]);
  expect([again.code, again.events.at(-1)]).toEqual([
    0,
    { event: 'done', step: STEPS, checkpoint: STEPS, early: false },
  ]);
});

test('SIGTERM ends it after the update in work, with a checkpoint', async (context) => {
  if (skipped) return context.skip(skipped);
  const out = join(root, 'stopped');
  const ran = await run(python, bundle, ['--data', data, '--out', out], ({ event, step }, child) => {
    if (event === 'step' && step === 3) child.kill('SIGTERM');
  });
  const last = ran.events.at(-1)!;
  expect([ran.code, last.event]).toEqual([143, 'stopped']);
  expect((await listCheckpoints(out)).at(-1)!.step).toBe(last.step);
  expect(await trainOnXla(python, bundle, { data, out })).toEqual(whole);
});

test('two processes with fully sharded weights write a checkpoint together, which TypeScript reads and one process continues', async (context) => {
  if (skipped) return context.skip(skipped);
  const out = join(root, 'two');
  const coordinator = `127.0.0.1:${await freePort()}`;
  const both = await Promise.all(
    [0, 1].map((process) =>
      run(python, bundle, [
        ...['--data', data, '--out', out, '--steps', '12', '--cpu-devices', '2', '--mesh', 'fsdp=4'],
        ...['--coordinator', coordinator, '--processes', '2', '--process', String(process)],
      ]),
    ),
  );
  expect(both.map(({ code, stderr }) => [code, stderr.split('\n').filter((line) => line.includes('rror'))])).toEqual([[0, []], [0, []]]); // prettier-ignore
  expect(readdirSync(join(out, 'checkpoints')).filter((name) => name.includes('00000012'))).toEqual([
    'step-00000012.json',
    'step-00000012.part-00000-of-00002.safetensors',
    'step-00000012.part-00001-of-00002.safetensors',
  ]);
  expect(furthest(await lossesIn(out), whole.slice(0, 12))).toBeLessThan(1e-4);
  const { step, parameters } = await loadCheckpoint(out, 'last');
  expect(step).toBe(12);
  expect(Object.values(parameters).every((values) => values.every(Number.isFinite))).toBe(true);
  expect(furthest(await trainOnXla(python, bundle, { data, out }), whole)).toBeLessThan(1e-4);
});

test('processes continue from the step of process 0, also where another sees it later', async (context) => {
  if (skipped) return context.skip(skipped);
  // What a shared folder that lags shows to process 1: the checkpoints until step 8.
  const [out, behind] = [join(root, 'whole-12'), join(root, 'behind')];
  await trainOnXla(python, bundle, { data, out, args: ['--steps', '8'] });
  cpSync(out, behind, { recursive: true });
  await trainOnXla(python, bundle, { data, out, args: ['--steps', '12'] });
  const coordinator = `127.0.0.1:${await freePort()}`;
  const start = (process: number, folder: string) =>
    run(
      python,
      bundle,
      [
        ...['--data', data, '--out', folder, '--steps', '12', '--coordinator', coordinator],
        ...['--processes', '2', '--process', String(process)],
      ],
      ({ event }) => {
        if (event === 'resumed') setTimeout(() => cpSync(out, behind, { recursive: true }), 10_000);
      },
    );
  const both = await Promise.all([start(0, out), start(1, behind)]);
  expect(both.map(({ code, stderr }) => [code, stderr.split('\n').filter((line) => line.includes('rror'))])).toEqual([[0, []], [0, []]]); // prettier-ignore
  expect(both[0].events.filter(({ event }) => event !== 'compiled')).toEqual([
    { event: 'resumed', step: 12 },
    { event: 'done', step: 12, checkpoint: 12, early: false },
  ]);
}, 120_000);

test('two processes stop after the same update when one is asked to', async (context) => {
  if (skipped) return context.skip(skipped);
  const out = join(root, 'both');
  const coordinator = `127.0.0.1:${await freePort()}`;
  const both = await Promise.all(
    [0, 1].map((process) =>
      run(
        python,
        bundle,
        [
          ...['--data', data, '--out', out, '--coordinator', coordinator, '--processes', '2'],
          ...['--process', String(process)],
        ],
        ({ event, step }, child) => {
          if (event === 'step' && step === 2) child.kill('SIGTERM');
        },
      ),
    ),
  );
  expect(both.map(({ code }) => code)).toEqual([143, 143]);
  const last = both[0].events.at(-1)!;
  expect(last.event).toBe('stopped');
  expect((await listCheckpoints(out)).at(-1)!.step).toBe(last.step);
});

test('what acts is fed: the losses of onnxruntime where clips have actions', async (context) => {
  if (skipped) return context.skip(skipped);
  const acted = await makeDataset(join(root, 'acted'), 'pendulum');
  const request = await requestFor('diffusion-forcing', acted);
  await writeBundle({ ...request, out: join(root, 'acted-bundle') });
  const here = await trainHere(request, join(root, 'acted-ort'));
  const there = await trainOnXla(python, join(root, 'acted-bundle'), {
    data: acted,
    out: join(root, 'acted-xla'),
  });
  expect(furthest(there, here)).toBeLessThan(1e-4);
});

test('a local run continues on XLA from where it got to', async (context) => {
  if (skipped) return context.skip(skipped);
  const request = await requestFor('residual-conv', data);
  const folder = join(root, 'local');
  const here = await trainHere(request, folder);
  const half = (await listCheckpoints(folder)).find(({ step }) => step === 10)!;
  const { arrays } = await readCheckpoint(folder, half);
  const continued = join(root, 'continued-bundle');
  await writeBundle({ ...request, out: continued, start: { step: 10, state: arrays } });
  const out = join(root, 'continued');
  const ran = await run(python, continued, ['--data', data, '--out', out]);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  const lines = (await readMetrics(out)).filter((line): line is StepLine => 'loss' in line);
  expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: STEPS - 10 }, (_, i) => 11 + i));
  const losses = lines.map(({ loss }) => loss);
  expect(furthest(losses, here.slice(10))).toBeLessThan(1e-4);
});

test('compiles alone, into a cache that the next start reads', async (context) => {
  if (skipped) return context.skip(skipped);
  const cache = join(root, 'cache');
  const ran = await run(python, bundle, ['--compile-only', '--cache', cache]);
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  expect(ran.events.map(({ event }) => event)).toEqual(['compiled', 'compiled', 'compiled', 'compiled']);
  const entries = readdirSync(cache).sort();
  expect(entries).toHaveLength(4);
  const args = ['--cache', cache, '--steps', '3'];
  const losses = await trainOnXla(python, bundle, { data, out: join(root, 'cached'), args });
  expect(losses).toEqual(whole.slice(0, 3));
  expect(readdirSync(cache).sort()).toEqual(entries);
  // What is damaged is compiled anew.
  for (const entry of entries) writeFileSync(join(cache, entry), 'damaged');
  const again = await run(python, bundle, ['--data', data, '--out', join(root, 'damaged-cache'), ...args]);
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('compiling anew') as string]);
});

test('without donation, fully sharded: the same losses', async (context) => {
  if (skipped) return context.skip(skipped);
  const args = ['--no-donate', '--cpu-devices', '2', '--mesh', 'fsdp=2', '--steps', '6'];
  const losses = await trainOnXla(python, bundle, { data, out: join(root, 'kept'), args });
  expect(furthest(losses, whole.slice(0, 6))).toBeLessThan(1e-4);
});
