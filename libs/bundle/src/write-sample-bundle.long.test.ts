/** Models of tables train on XLA as they do on onnxruntime. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { jaxEnvironment } from '@orrery/python';
import { afterAll, describe, expect, test } from 'vitest';
import { furthest, temporaryFolder, trainOnXla } from './runner.fixture.ts';
import { fitHere, fits } from './sample-bundle.fixture.ts';
import { writeSampleBundle } from './write-sample-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));

const trained = (name: string, out: string, ...args: string[]) =>
  trainOnXla(python, join(root, name), { out: join(root, out), args });

describe.each(Object.keys(fits))('%s', (name) => {
  test('has the losses of onnxruntime over 20 updates, on one device and on eight', async (context) => {
    if (skipped) return context.skip(skipped);
    const options = fits[name];
    await writeSampleBundle({ ...options, out: join(root, name) });
    const [here, there] = [await fitHere(options), await trained(name, `${name} run`)];
    expect(here).toHaveLength(20);
    expect(here.at(-1)).toBeLessThan(here[0]);
    expect(furthest(there, here)).toBeLessThan(1e-4);
    const eight = ['--cpu-devices', '8', '--mesh', 'data=2,fsdp=2,tensor=2'];
    expect(furthest(await trained(name, `${name} of eight`, ...eight), here)).toBeLessThan(1e-4);
  });
});

test('a run that was stopped goes on', async (context) => {
  if (skipped) return context.skip(skipped);
  await writeSampleBundle({ ...fits['egnn'], out: join(root, 'own'), checkpointEvery: 5 });
  await trained('own', 'halves', '--steps', '10');
  expect(await trained('own', 'halves')).toEqual(await trained('own', 'whole'));
});
