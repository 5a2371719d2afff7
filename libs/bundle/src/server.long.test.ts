/** Every family is served as onnxruntime imagines it, from weights in each of their forms, on each device. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { families } from '@orrery/models';
import { jaxEnvironment } from '@orrery/python';
import { exportRun, listCheckpoints, readCheckpoint, train } from '@orrery/train';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, makeDataset, requestFor, run as runBundle, temporaryFolder } from './runner.fixture.ts';
import { contextsOf, encode, furthestApart, imagineHere, serve, type Server } from './server.fixture.ts';
import { writeBundle } from './write-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
const data = join(root, 'data');
const STEPS = 4;
const short = { steps: 6, stepsPerCall: 3, checkpointEvery: 3 };
beforeAll(() => makeDataset(data, 'push'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function using<T>(server: Server, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  }
}

async function make(family: string) {
  const [run, bundle] = [join(root, `${family}-run`), join(root, `${family}-bundle`)];
  const request = await requestFor(family, data, short);
  await train({ ...request, folder: run });
  await writeBundle({ ...request, out: bundle, batch: 2 });
  const asked = await contextsOf(run, { data, clips: 3, steps: STEPS });
  return { run, bundle, request, asked, wanted: await imagineHere(run, asked, STEPS) };
}
const made = new Map<string, ReturnType<typeof make>>();
const trained = (family: string) => made.get(family) ?? made.set(family, make(family)).get(family)!;

test.each(Object.keys(families))('%s', async (family) => {
  if (skipped) return;
  const { run, bundle, asked, wanted } = await trained(family);
  const server = await serve(python, bundle, ['--weights', run]);
  await using(server, async () => {
    const { arrays } = await server.imagine(`steps=${STEPS}`, asked);
    const shown = arrays.motion ?? arrays.frames;
    // Bytes are rounded: where a value is near the middle of two, either may be taken.
    expect(furthestApart(shown.data, wanted)).toBeLessThan('frames' in arrays ? 1.5 : 1e-4);
    const different = Array.from(wanted, (value, i) => Math.abs(value - shown.data[i])).filter(
      (by) => by > 1e-4,
    );
    expect(different.length / wanted.length).toBeLessThan(1e-3);
  });
});

test('draws are of the seed, of the clip and of the frame', async (context) => {
  if (skipped) return context.skip(skipped);
  const { run, bundle, asked } = await trained('diffusion-forcing');
  const server = await serve(python, bundle, ['--weights', run, '--cpu-devices', '2']);
  await using(server, async () => {
    const ask = (seed: number) => server.imagine(`steps=${STEPS}&seed=${seed}`, asked);
    // Two devices take them in any order.
    const [first, again, other] = await Promise.all([ask(1), ask(1), ask(2)]);
    expect(again.arrays).toEqual(first.arrays);
    expect(furthestApart(other.arrays.frames.data, first.arrays.frames.data)).toBeGreaterThan(1);
    const { actions, ...shown } = asked;
    const still = { ...actions, data: new Float32Array(actions.data.length) };
    const whole = await server.imagine(`steps=${STEPS}`, { ...shown, actions: still });
    const start = await server.imagine('steps=1&state=true', shown);
    const { frames, ...state } = start.arrays;
    const rest = await server.imagine(`steps=${STEPS - 1}&from=1`, state);
    const frame = frames.data.length / 3;
    for (let b = 0; b < 3; b++) {
      const own = whole.arrays.frames.data.subarray(b * STEPS * frame, (b + 1) * STEPS * frame);
      const later = rest.arrays.frames.data.subarray(b * (STEPS - 1) * frame, (b + 1) * (STEPS - 1) * frame);
      expect(later).toEqual(own.subarray(frame));
    }
    expect(await (await fetch(`${server.address}/v1/model`)).json()).toMatchObject({ devices: 2 });
  });
});

test('weights of a safetensors file, in the bundle itself, or of a run of several processes', async (context) => {
  if (skipped) return context.skip(skipped);
  const { run, bundle, request, asked, wanted } = await trained('state-mlp');
  const out = join(root, 'weights');
  await exportRun({ folder: run, format: 'safetensors', out });
  const newest = (await listCheckpoints(run)).at(-1)!;
  const inside = join(root, 'inside');
  const { arrays: state } = await readCheckpoint(run, newest);
  await writeBundle({ ...request, out: inside, batch: 2, start: { step: newest.step, state } });
  const both = join(root, 'both');
  const coordinator = `127.0.0.1:${await freePort()}`;
  await Promise.all(
    [0, 1].map((process) =>
      runBundle(python, bundle, [
        ...['--data', data, '--out', both, '--cpu-devices', '2', '--mesh', 'fsdp=4'],
        ...['--coordinator', coordinator, '--processes', '2', '--process', String(process)],
      ]),
    ),
  );
  const forms: readonly (readonly [string, readonly string[], Float32Array | Uint8Array])[] = [
    [bundle, ['--weights', join(out, 'parameters.safetensors')], wanted],
    [inside, [], wanted],
    [bundle, ['--weights', both], await imagineHere(both, asked, STEPS)],
  ];
  for (const [from, args, expected] of forms) {
    const server = await serve(python, from, args);
    await using(server, async () => {
      const { motion } = (await server.imagine(`steps=${STEPS}`, asked)).arrays;
      expect(furthestApart(motion.data, expected)).toBeLessThan(1e-4);
    });
  }
});

test('with as many requests as it may have open, others are told to come later', async (context) => {
  if (skipped) return context.skip(skipped);
  const { run, bundle, asked } = await trained('gns');
  const { context: shown, bodies } = asked;
  const server = await serve(python, bundle, ['--weights', run, '--last', '--max-requests', '1']);
  await using(server, async () => {
    const send = (steps: number) =>
      fetch(`${server.address}/v1/imagine?steps=${steps}`, {
        method: 'POST',
        body: encode({ context: shown, bodies }),
      });
    const long = send(1024);
    const open = async () => (await (await fetch(`${server.address}/metrics`)).text()).includes('open 1');
    while (!(await open()));
    const busy = await send(1);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await long).status).toBe(200);
    expect((await send(1)).status).toBe(200);
  });
});
