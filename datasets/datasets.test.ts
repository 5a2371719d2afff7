import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset } from '@orrery/dataset/node';
import { runPython, torchEnvironment } from '@orrery/python';
import { sceneDefinition, scenes } from '@orrery/scene';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { datasheetFiles, LARGEST_PICTURE, pretty } from './datasheets/datasheet.ts';
import { withOverview } from './datasheets/overview.ts';
import { datasets } from './index.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = mkdtempSync(join(tmpdir(), 'orrery-datasets-'));
afterAll(() => rmSync(root, { recursive: true }));
const torch = await torchEnvironment();

const file = (name: string, path: string) => readFileSync(new URL(`${name}/${path}`, import.meta.url));

test('each scene has a dataset of its name', () => {
  expect(Object.keys(datasets).sort()).toEqual(Object.keys(scenes).sort());
});

test('the overview is up to date', async () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const fresh = await pretty(withOverview(readme, Object.values(datasets)), 'markdown');
  expect(fresh, 'datasets/README.md is stale; run "npm run datasheets"').toBe(readme);
});

describe.each(Object.entries(datasets))('%s', (name, definition) => {
  const { sizes } = definition;
  const folder = join(root, name);
  let files: Awaited<ReturnType<typeof datasheetFiles>>;
  beforeAll(async () => {
    const spec = datasetSpecSchema.parse(sizes['tiny']);
    await generateDataset({ spec, size: 'tiny', seed: 0, folder });
    files = await datasheetFiles(definition, folder, file(name, 'README.md').toString());
  });

  test('has the three sizes, each a spec of a scene that exists', () => {
    expect(definition.name).toBe(name);
    expect(Object.keys(sizes)).toEqual(['tiny', 'small', 'full']);
    for (const given of Object.values(sizes)) {
      const spec = datasetSpecSchema.parse(given);
      const scene = sceneDefinition(spec.scene);
      expect(spec.name).toBe(name);
      scene.config.parse(spec.sceneConfig);
      expect(spec.episodes.shifted > 0).toBe(true);
      expect(spec.episodes.pairs > 0).toBe(scene.variants !== undefined);
    }
  });

  test('tiny with seed 0 has the content that is committed', () => {
    expect(
      JSON.parse(String(files['checksums.json'])),
      `datasets/${name}: the content has changed; where that is meant, raise GENERATOR in ` +
        `libs/dataset/src/node/plan.ts and run "npm run datasheets"`,
    ).toEqual(JSON.parse(file(name, 'checksums.json').toString()));
  });

  test.each(['README.md', 'contact-sheet.png', 'croissant.json'] as const)('%s is up to date', (path) => {
    const fresh = Buffer.from(files[path]);
    expect(
      fresh.equals(file(name, path)),
      `datasets/${name}/${path} is stale; run "npm run datasheets"`,
    ).toBe(true);
  });

  test('the datasheet says in words what it is for, how it is made, what to watch and what it lacks', () => {
    const text = file(name, 'README.md').toString();
    for (const heading of ['What for', 'How it is made', 'Watch out', 'Known limits'])
      expect(text).toMatch(new RegExp(`^\\*\\*${heading}\\.\\*\\* \\S`, 'm'));
    expect(text).toContain('](contact-sheet.png)');
    expect(file(name, 'contact-sheet.png').length).toBeLessThanOrEqual(LARGEST_PICTURE);
  });
});

test('the Python example loads each clip of the training split, with workers', async (context) => {
  if ('skipped' in torch) return context.skip(torch.skipped);
  const script = join(root, 'example.py');
  const example = readFileSync(new URL('example.py', import.meta.url), 'utf8');
  writeFileSync(script, example.replaceAll('data/bounce-small', join(root, 'bounce')));
  const lines = (await runPython(torch.python, script)).trim().split('\n');
  // 4 episodes of 40 frames have 25 clips of 16 frames each; 8 of the 100 make a batch.
  expect(lines).toEqual([
    ...Array.from({ length: 12 }, () => 'torch.Size([8, 16, 64, 64, 3]) torch.uint8'),
    'torch.Size([4, 16, 64, 64, 3]) torch.uint8',
  ]);
});
