/** The runner trains as onnxruntime does: same clips, same noise, same losses. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { families } from '@orrery/models';
import { jaxEnvironment } from '@orrery/python';
import { loadCheckpoint, type TrainingRequest } from '@orrery/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  furthest,
  makeDataset,
  requestFor,
  STEPS,
  temporaryFolder,
  trainHere,
  trainOnXla,
  validationsIn,
} from './runner.fixture.ts';
import { writeBundle } from './write-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Families with an axis of tokens that eight devices can share. */
const hasTokens = ['state-transformer', 'diffusion-forcing'];

/** What XLA made of the update for a mesh of eight. */
function partitioned(python: string, bundle: string, mesh: string) {
  const script = fileURLToPath(new URL('../reference/collectives.py', import.meta.url));
  const printed = execFileSync(python, [script, bundle, '8', mesh], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return JSON.parse(printed) as Record<string, number> & { readonly dots: readonly (readonly number[])[] };
}

let data: string;
beforeAll(async () => {
  data = await makeDataset(join(root, 'data'));
});

describe.each(Object.keys(families))('%s', (family) => {
  const bundle = join(root, `${family}-bundle`);
  const xla = (name: string, from: string, ...args: string[]) =>
    trainOnXla(python, from, { data, out: join(root, `${family}-${name}`), args });
  let [reference, request]: [number[], TrainingRequest?] = [[]];

  test('has the losses of onnxruntime over 20 updates', async (context) => {
    if (skipped) return context.skip(skipped);
    request = await requestFor(family, data);
    await writeBundle({ ...request, out: bundle });
    reference = await xla('xla', bundle);
    expect(reference.length).toBe(STEPS);
    expect(reference.at(-1)).toBeLessThan(reference[0]);
    expect(furthest(reference, await trainHere(request, join(root, `${family}-ort`)))).toBeLessThan(1e-4);
    const [judged, wanted] = await Promise.all(
      ['xla', 'ort'].map((name) => validationsIn(join(root, `${family}-${name}`))),
    );
    expect(furthest(judged, wanted)).toBeLessThan(1e-4);
    const { step } = await loadCheckpoint(join(root, `${family}-xla`), 'last');
    expect(step).toBe(STEPS);
  });

  test.each(['data=8', 'fsdp=8', 'tensor=8', 'data=2,fsdp=2,tensor=2'])(
    'has them on eight devices as %s',
    async (mesh) => {
      if (skipped) return;
      const losses = await xla(mesh, bundle, '--cpu-devices', '8', '--mesh', mesh);
      expect(furthest(losses, reference)).toBeLessThan(1e-4);
    },
  );

  test.runIf(hasTokens.includes(family)).each(['sequence=8', 'data=2,sequence=2,tensor=2'])(
    'has them on eight devices as %s, with tokens apart',
    async (mesh) => {
      if (skipped) return;
      const losses = await xla(mesh, bundle, '--cpu-devices', '8', '--mesh', mesh);
      expect(furthest(losses, reference)).toBeLessThan(1e-4);
      const { dots, ...collectives } = partitioned(python, bundle, mesh);
      expect(collectives['all-gather']).toBeGreaterThan(0);
      expect(dots.length).toBeGreaterThan(0);
    },
  );

  test.runIf(hasTokens.includes(family))(
    'on a device, products are of an eighth of the tokens',
    (context) => {
      if (skipped) return context.skip(skipped);
      // Those of gradients of weights are features, which a sequence axis does not cut.
      const rows = (mesh: string) =>
        partitioned(python, bundle, mesh)
          .dots.filter(({ length }) => length === 2)
          .map(([n]) => n);
      const tokens = Math.max(...rows('tensor=8'));
      const cut = rows('sequence=8');
      expect(cut).toContain(tokens / 8);
      expect(cut).not.toContain(tokens);
    },
  );

  test('in bf16 stays near f32, and is not the same', async (context) => {
    if (skipped) return context.skip(skipped);
    const narrow = join(root, `${family}-bf16-bundle`);
    await writeBundle({ ...request!, out: narrow, precision: 'bf16' });
    const distance = furthest(await xla('bf16', narrow), reference);
    expect(distance).toBeLessThan(0.05);
    expect(distance).toBeGreaterThan(1e-6);
  });

  test('rewritten for Neuron has them too', async (context) => {
    if (skipped) return context.skip(skipped);
    const legal = join(root, `${family}-trn2-bundle`);
    await writeBundle({ ...request!, out: legal, target: 'trn2' });
    expect(furthest(await xla('trn2', legal), reference)).toBeLessThan(1e-4);
  });
});
