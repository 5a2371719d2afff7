/** The server as those see it who send it requests: what it predicts is what onnxruntime predicts. */
import { connect } from 'node:net';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { jaxEnvironment } from '@orrery/python';
import { listCheckpoints, train } from '@orrery/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDataset, requestFor, temporaryFolder } from './runner.fixture.ts';
import {
  contextsOf,
  decode,
  encode,
  furthestApart,
  imagineHere,
  serve,
  start,
  type Sent,
  type Server,
} from './server.fixture.ts';
import { writeBundle } from './write-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
const [data, run, bundle] = ['data', 'run', 'bundle'].map((name) => join(root, name));
const STEPS = 5;
let server: Server;
let asked: Record<string, Sent>;
let wanted: Sent['data'];

beforeAll(async () => {
  if (skipped) return;
  await makeDataset(data, 'push');
  const request = await requestFor('state-mlp', data, { steps: 6, stepsPerCall: 3, checkpointEvery: 3 });
  await train({ ...request, folder: run });
  await writeBundle({ ...request, out: bundle, batch: 2 });
  asked = await contextsOf(run, { data, clips: 3, steps: STEPS });
  wanted = await imagineHere(run, asked, STEPS);
  server = await serve(python, bundle, ['--weights', run]);
});
afterAll(async () => {
  server?.child.kill('SIGKILL');
  await server?.ended;
  rmSync(root, { recursive: true, force: true });
});

describe('an answer', () => {
  test('is what onnxruntime imagines, for more clips than the programs take at once', async (context) => {
    if (skipped) return context.skip(skipped);
    const { arrays, metadata } = await server.imagine(`steps=${STEPS}`, asked);
    expect(Object.keys(arrays)).toEqual(['motion']);
    expect(arrays.motion.shape).toEqual([3, STEPS, ...asked.context.shape.slice(2)]);
    expect(furthestApart(arrays.motion.data, wanted)).toBeLessThan(1e-4);
    expect(metadata).toMatchObject({ from: String(STEPS) });
  });

  test('goes on from the state of another: the same future', async (context) => {
    if (skipped) return context.skip(skipped);
    const { actions, ...shown } = asked;
    const led = actions.shape[1] - STEPS;
    const of = (from: number, to: number): Sent => {
      const [clips, length, size] = actions.shape;
      const parts = Array.from({ length: clips }, (_, b) => [
        ...actions.data.subarray((b * length + from) * size, (b * length + to) * size),
      ]);
      return { shape: [clips, to - from, size], data: Float32Array.from(parts.flat()) };
    };
    const whole = (await server.imagine(`steps=${STEPS}`, asked)).arrays.motion;
    const first = await server.imagine('steps=2&state=true', { ...shown, actions: of(0, led + 2) });
    expect(Object.keys(first.arrays).sort()).toEqual(['motion', 'state/bodies', 'state/motion']);
    const { motion, ...state } = first.arrays;
    const rest = await server.imagine(`steps=${STEPS - 2}&from=${first.metadata.from}`, {
      ...{ ...state, actions: of(led + 2, led + STEPS) },
    });
    const [frame, clips] = [whole.data.length / 3 / STEPS, 3];
    for (let b = 0; b < clips; b++) {
      const own = whole.data.subarray(b * STEPS * frame, (b + 1) * STEPS * frame);
      expect(motion.data.subarray(b * 2 * frame, (b + 1) * 2 * frame)).toEqual(own.subarray(0, 2 * frame));
      const later = (STEPS - 2) * frame;
      expect(rest.arrays.motion.data.subarray(b * later, (b + 1) * later)).toEqual(own.subarray(2 * frame));
    }
  });

  test('comes to each of many at once', async (context) => {
    if (skipped) return context.skip(skipped);
    const one = (clip: number): Record<string, Sent> =>
      Object.fromEntries(
        Object.entries(asked).map(([name, { shape, data: values }]) => {
          const size = values.length / shape[0];
          return [
            name,
            { shape: [1, ...shape.slice(1)], data: values.slice(clip * size, (clip + 1) * size) },
          ];
        }),
      );
    const size = wanted.length / 3;
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => server.imagine(`steps=${STEPS}`, one(i % 3))),
    );
    answers.forEach(({ arrays }, i) =>
      expect(
        furthestApart(arrays.motion.data, wanted.subarray((i % 3) * size, ((i % 3) + 1) * size)),
      ).toBeLessThan(1e-4),
    );
  });
});

test('says what it is, how it is, and what it did', async (context) => {
  if (skipped) return context.skip(skipped);
  expect(server.first).toEqual({ status: 503, body: { status: 'compiling' } });
  const get = (path: string) => fetch(`${server.address}${path}`);
  expect((await get('/healthz')).status).toBe(200);
  const about = (await (await get('/v1/model')).json()) as Record<string, unknown>;
  const [bodies, frames] = [asked.bodies.shape[1], asked.context.shape[1]];
  expect(about).toMatchObject({
    ...{ family: 'state-mlp', batch: 2, contextFrames: frames, actions: 2, platform: 'cpu', devices: 1 },
    context: {
      context: { dtype: 'f32', shape: [frames, bodies, 13] },
      bodies: { dtype: 'f32', shape: [bodies, 12] },
    },
    ...{ predicts: { motion: { dtype: 'f32', shape: [bodies, 13] } } },
    weights: { step: (await listCheckpoints(run)).at(-1)!.step, averaged: true },
  });
  const before = await (await get('/metrics')).text();
  await server.imagine(`steps=${STEPS}`, asked);
  const after = await (await get('/metrics')).text();
  const figure = (text: string, name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))!
        .split(' ')[1],
    );
  const grown = (name: string) => figure(after, name) - figure(before, name);
  expect(grown('orrery_imagine_requests_total{code="200"}')).toBe(1);
  expect(grown('orrery_imagine_frames_total')).toBe(3 * STEPS);
  expect(grown('orrery_imagine_seconds_count')).toBe(1);
  expect(figure(after, 'orrery_imagine_requests_open')).toBe(0);
  expect(server.events.at(-1)).toMatchObject({ event: 'request', status: 200, clips: 3, steps: STEPS });
});

describe('what cannot be answered is refused in one line', () => {
  const changed = (name: string, change: (own: Sent) => Sent) => () =>
    encode({ ...asked, [name]: change(asked[name]) });
  const filled = (value: number) => (own: Sent) => ({
    ...own,
    data: new Float32Array(own.data.length).fill(value),
  });
  const steps = `?steps=${STEPS}`;
  test.each<[string, string, () => Uint8Array<ArrayBuffer>, number, RegExp]>([
    ['no body', steps, () => Buffer.alloc(0), 400, /no safetensors file/],
    ['a body of another kind', steps, () => Buffer.from('{"context": []}'), 400, /no safetensors file/],
    ['half a file', steps, () => encode(asked).subarray(0, 900), 400, /no safetensors file/],
    ['no such array', steps, () => encode({ ...asked, frames: asked.context }), 400, /array "frames": this model takes context, bodies; leave it out/], // prettier-ignore
    ['an array missing', steps, () => encode({ context: asked.context }), 400, /"bodies" is missing; give f32 \[clips, \d+, 12\]/], // prettier-ignore
    ['another shape', steps, changed('bodies', ({ data }) => ({ shape: [data.length], data })), 400, /array "bodies": f32 \[\d+\]; give f32 \[3, \d+, 12\]/], // prettier-ignore
    ['another type', steps, changed('context', ({ shape, data }) => ({ shape, data: new Uint8Array(data.length) })), 400, /array "context": u8/], // prettier-ignore
    [
      'no numbers',
      steps,
      changed('context', filled(NaN)),
      400,
      /array "context": nan at \[0, 0, 0, 0\]; give finite/,
    ],
    ['actions for other steps', '?steps=2', () => encode(asked), 400, /array "actions": f32 \[3, 6, 2\]; give f32 \[3, 3, 2\]/], // prettier-ignore
    ['actions that are too strong', steps, changed('actions', filled(1.5)), 400, /"actions": 1\.5 is outside of \[-1, 1\]/], // prettier-ignore
    ['no steps', '?steps=0', () => encode(asked), 400, /steps "0": give a whole number from 1 to 1024/],
    ['a seed that is none', '?seed=-1', () => encode(asked), 400, /seed "-1": give a whole number/],
    [
      'an unknown parameter',
      '?step=2',
      () => encode(asked),
      400,
      /"step" is no parameter; there are steps, seed/,
    ],
    ['a continued context', '?from=2', () => encode(asked), 400, /from 2: a context begins at 0/],
    ['two of a kind', '?steps=1&steps=2', () => encode(asked), 400, /steps: given 2 times/],
  ])('%s', async (_, query, body, status, message) => {
    if (skipped) return;
    const response = await fetch(`${server.address}/v1/imagine${query}`, { method: 'POST', body: body() });
    const { error } = (await response.json()) as { error: string };
    expect(error).toMatch(message);
    expect(response.status).toBe(status);
  });

  test('another path, another method, a body that is too large or has no length', async (context) => {
    if (skipped) return context.skip(skipped);
    expect((await fetch(`${server.address}/imagine`)).status).toBe(404);
    const got = await fetch(`${server.address}/v1/imagine`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(new URL(server.address).port), '127.0.0.1', () => socket.end(text));
        let answer = '';
        socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
      });
    const head = 'POST /v1/imagine HTTP/1.1\r\nHost: x\r\n';
    expect(await raw(`${head}\r\n`)).toMatch(/^HTTP\/1\.1 411 .*Content-Length is missing/s);
    expect(await raw(`${head}Content-Length: 99999999999\r\n\r\nabc`)).toMatch(/^HTTP\/1\.1 413 .*larger than 67108864/s); // prettier-ignore
    expect(await raw(`${head}Content-Length: 10\r\n\r\nabc`)).toMatch(
      /^HTTP\/1\.1 400 .*ends after 3 of 10 bytes/s,
    );
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 411 /);
    // It serves on.
    expect(furthestApart((await server.imagine(`steps=${STEPS}`, asked)).arrays.motion.data, wanted)).toBeLessThan(1e-4); // prettier-ignore
  });
});

describe('what it cannot start with', () => {
  test.each<[string, () => readonly string[], RegExp]>([
    [
      'none',
      () => [],
      /^error: .*its weights are those of before the first update; name a run with --weights/,
    ],
    ['not there', () => ['--weights', join(root, 'nowhere')], /^error: --weights .*nowhere: not found/],
    ['no run', () => ['--weights', data], /^error: --weights .*: no run folder/],
    ['no safetensors', () => ['--weights', join(run, 'run.json')], /^error: --weights .*run\.json: .*; name a run folder/], // prettier-ignore
    ['of another program', () => ['--weights', join(bundle, 'schedule.safetensors')], /^error: weights: array ".*" has 0 values/], // prettier-ignore
    ['a cache that is none', () => ['--weights', run, '--cache', join(run, 'run.json', 'cache')], /^error: --cache .*: Not a directory; give a folder that can be written/], // prettier-ignore
    ['a port that is taken', () => ['--weights', run, '--port', new URL(server.address).port], /^error: 127\.0\.0\.1 port \d+: Address already in use; choose another/], // prettier-ignore
  ])('%s: one line says so', async (_, args, message) => {
    if (skipped) return;
    const { code, stderr } = await start(python, bundle, args()).ended;
    expect(stderr).toMatch(message);
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
  });
});

test('SIGTERM: what was asked is answered, nothing more is taken, and it exits with 0', async (context) => {
  if (skipped) return context.skip(skipped);
  const { context: shown, bodies } = asked;
  const body = encode({ context: shown, bodies });
  const long = fetch(`${server.address}/v1/imagine?steps=1024`, { method: 'POST', body });
  const open = async () => (await (await fetch(`${server.address}/metrics`)).text()).includes('open 1');
  while (!(await open()));
  server.child.kill('SIGTERM');
  const response = await long;
  expect(response.status).toBe(200);
  const { motion } = decode(new Uint8Array(await response.arrayBuffer())).arrays;
  expect(motion.shape.slice(0, 2)).toEqual([3, 1024]);
  expect(await server.ended).toEqual({ code: 0, stderr: '' });
  const last = server.events.slice(-3).map(({ event }) => event);
  expect(last.sort()).toEqual(['request', 'stopped', 'stopping']);
  await expect(fetch(`${server.address}/healthz`)).rejects.toThrow();
});
