import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jaxEnvironment } from '@orrery/python';
import { decodeSafetensors } from '@orrery/train';
import { afterAll, expect, test } from 'vitest';
import { sampleBundleSchema } from './manifest.ts';
import { readBundle } from './read-bundle.ts';
import { furthest, run, temporaryFolder, trainOnXla } from './runner.fixture.ts';
import { fitHere, fits } from './sample-bundle.fixture.ts';
import { writeSampleBundle } from './write-sample-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));

const trained = (name: string, out: string, ...args: string[]) =>
  trainOnXla(python, join(root, name), { out: join(root, out), args });

test('a bundle of samples brings them, and trains as onnxruntime does', async (context) => {
  const options = fits['hnn'];
  const out = join(root, 'hnn');
  const bundle = await writeSampleBundle({ ...options, out });
  expect(sampleBundleSchema.parse(JSON.parse(readFileSync(join(out, 'io.json'), 'utf8')))).toEqual(bundle);
  const file = join(out, 'samples.safetensors');
  const { arrays } = decodeSafetensors(readFileSync(file), file);
  const all = options.training.read(Uint32Array.from({ length: options.training.count }, (_, i) => i));
  expect(Object.keys(arrays).sort()).toEqual(Object.keys(all).sort());
  for (const [name, { data }] of Object.entries(arrays)) expect(data).toEqual(all[name]);
  await expect(writeSampleBundle({ ...options, out })).rejects.toThrow('there is something already');
  await expect(readBundle(out)).rejects.toThrow('it holds a model of samples, which imagines nothing');
  if (skipped) return context.skip(skipped);
  const server = spawnSync(python, [fileURLToPath(new URL('../runner/serve.py', import.meta.url)), out]);
  expect([server.status, server.stderr.toString()]).toEqual([
    1,
    expect.stringMatching(/^error: .*: it holds a model of samples, which imagines nothing; .*\n$/) as string,
  ]);
  const refused = await run(python, out, ['--out', join(root, 'refused'), '--data', root]);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('this bundle brings its samples') as string,
  ]);
  expect(furthest(await trained('hnn', 'run'), await fitHere(options))).toBeLessThan(1e-4);
});
