/** The runner trains as onnxruntime does: same clips, same noise, same losses. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { families } from '@orrery/models';
import { jaxEnvironment } from '@orrery/python';
import { loadCheckpoint, readMetrics, train, type StepLine, type TrainingRequest } from '@orrery/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDataset, requestFor, run, temporaryFolder } from './runner.fixture.ts';
import { writeBundle } from './write-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));

let data: string;
beforeAll(async () => {
  data = await makeDataset(join(root, 'data'));
});

async function lossesIn(folder: string): Promise<number[]> {
  const lines = (await readMetrics(folder)).filter((line): line is StepLine => 'loss' in line);
  expect(lines.map(({ step }) => step)).toEqual(lines.map((_, i) => i + 1));
  return lines.map(({ loss }) => loss);
}

async function local(name: string, request: TrainingRequest): Promise<number[]> {
  const folder = join(root, name);
  await train({ ...request, folder });
  return lossesIn(folder);
}

const furthest = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length
    ? Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.abs(b[i])))
    : Infinity;

describe.each(Object.keys(families))('%s', (family) => {
  test('has the losses of onnxruntime over 20 updates', async (context) => {
    if (skipped) return context.skip(skipped);
    const request = await requestFor(family, data);
    const bundle = join(root, `${family}-bundle`);
    await writeBundle({ ...request, out: bundle });
    const out = join(root, `${family}-xla`);
    const ran = await run(python, bundle, ['--data', data, '--out', out]);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const losses = await lossesIn(out);
    expect(furthest(losses, await local(`${family}-ort`, request))).toBeLessThan(1e-4);
    const { step } = await loadCheckpoint(out, 'last');
    expect(step).toBe(20);
  });
});
