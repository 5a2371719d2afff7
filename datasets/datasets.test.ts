import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrayTable, datasetSpecSchema, manifestArrays, type Manifest } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { pythonEnvironment, runPython } from '@orrery/python';
import { sceneDefinition } from '@orrery/scene';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { datasets } from './index.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = mkdtempSync(join(tmpdir(), 'orrery-datasets-'));
afterAll(() => rmSync(root, { recursive: true }));
const environment = await pythonEnvironment();

describe.each(Object.entries(datasets))('%s', (name, { name: ownName, sizes }) => {
  const file = (path: string) => readFileSync(new URL(`${name}/${path}`, import.meta.url), 'utf8');
  const folder = join(root, name);
  let manifest: Manifest;
  beforeAll(async () => {
    manifest = await generateDataset({
      spec: datasetSpecSchema.parse(sizes['tiny']),
      size: 'tiny',
      seed: 0,
      folder,
    });
  });

  test('has the three sizes, each a spec of a scene that exists', () => {
    expect(ownName).toBe(name);
    expect(Object.keys(sizes)).toEqual(['tiny', 'small', 'full']);
    for (const spec of Object.values(sizes)) {
      expect(datasetSpecSchema.parse(spec)).toMatchObject(spec);
      expect(spec.name).toBe(name);
      sceneDefinition(spec.scene).config.parse(spec.sceneConfig ?? {});
    }
  });

  test('tiny with seed 0 has the content that is committed', () => {
    const { arrays, dataset } = manifest.checksums;
    const actual = { tiny: { seed: 0, generator: manifest.generator, arrays, dataset } };
    expect(
      actual,
      `datasets/${name}/checksums.json: the content has changed; where that is meant, raise GENERATOR in ` +
        `libs/dataset/src/node/plan.ts and replace the file with:\n${JSON.stringify(actual, null, 2)}\n`,
    ).toEqual(JSON.parse(file('checksums.json')));
  });

  test('the datasheet names each array with its type and unit, and each size with its numbers', () => {
    const rows = file('README.md')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    for (const array of manifestArrays(manifest)) {
      const { dtype, unit } = arrayTable[array];
      expect(rows).toContainEqual([
        '',
        `\`${array}\``,
        expect.any(String),
        dtype,
        unit,
        expect.any(String),
        '',
      ]);
    }
    for (const [size, { episodes, frames }] of Object.entries(sizes)) {
      const numbers = [episodes.train, episodes.test, frames].map(String);
      expect(rows).toContainEqual(['', size, ...numbers, expect.any(String), expect.any(String), '']);
    }
  });

  test('the Python of the datasheet runs', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const program = /```python\n([^]*?)```/.exec(file('README.md'))![1]!;
    const script = join(root, `${name}.py`);
    writeFileSync(script, program.replaceAll(`data/${name}-small`, folder));
    const output = await runPython(environment.python, script, []);
    const { bodies } = await (await openFolder(folder)).readScene(3);
    const { shape } = bodies.find((body) => body.name === 'red')!;
    expect(output).toBe(`(16, 64, 64, 3) uint8 (16, 3) ${shape.kind === 'sphere' && shape.radius}\n`);
  });
});
