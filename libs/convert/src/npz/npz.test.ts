import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '@orrery/dataset';
import { openFolder } from '@orrery/dataset/node';
import { pythonEnvironment } from '@orrery/python';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { askPython, scratchFolder, smallDataset } from '../convert.fixture.ts';
import { convertToNpz } from '../index.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const environment = await pythonEnvironment();
const root = scratchFolder();
let dataset: Dataset;
beforeAll(async () => {
  dataset = await smallDataset(join(root, 'bounce'));
});

const COMPARE = `
import json, os, sys, zipfile, zarr, numpy as np
group, folder, splits = zarr.open_group(sys.argv[1], mode="r"), sys.argv[2], json.loads(sys.argv[3])
seen = {}
for file, (first, end, whole) in splits.items():
    path = os.path.join(folder, file)
    assert zipfile.ZipFile(path).testzip() is None
    with np.load(path, allow_pickle=False) as arrays:
        seen[file] = {}
        for name in arrays.files:
            values, true = arrays[name], group[name][first:end]
            true = true if whole else true[0]
            assert values.dtype == true.dtype and values.shape == true.shape, (name, values.shape, true.shape)
            assert np.array_equal(values, true, equal_nan=values.dtype.kind == "f"), name
            seen[file][name] = list(values.shape)
print(json.dumps(seen))
`;

describe('numpy.load', () => {
  test('reads a file a split, without pickle, with the arrays that zarr reads', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const out = join(root, 'splits');
    await convertToNpz({ dataset, out }, { by: 'split' });
    expect(readdirSync(out).sort()).toEqual(['dataset.json', 'test.npz', 'train.npz']);
    const files = { 'train.npz': [0, 4, true], 'test.npz': [4, 6, true] };
    const args = [join(root, 'bounce'), out, JSON.stringify(files)];
    const seen = JSON.parse(await askPython(environment.python, root, COMPARE, ...args));
    expect(Object.keys(seen['test.npz'])).toEqual([...dataset.arrays]);
    expect(seen['train.npz']).toMatchObject({ rgb: [4, 9, 32, 48, 3], mass: [4, 8], energy: [4, 9] });
    const { seed, records } = JSON.parse(readFileSync(join(out, 'dataset.json'), 'utf8'));
    expect([seed, records.length, records[5].split]).toEqual([4, 6, 'test']);
    expect(records[5].factors).toEqual((await dataset.readScene(5)).factors);
  });

  test('reads a file an episode', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const out = join(root, 'episodes');
    await convertToNpz({ dataset, out }, { by: 'episode' });
    const files = { 'train-000003.npz': [3, 4, false], 'test-000004.npz': [4, 5, false] };
    const args = [join(root, 'bounce'), out, JSON.stringify(files)];
    const seen = JSON.parse(await askPython(environment.python, root, COMPARE, ...args));
    expect(seen['train-000003.npz']).toMatchObject({ rgb: [9, 32, 48, 3], mass: [8], energy: [9] });
    expect(readdirSync(out)).toHaveLength(7);
  });
});

describe('whole or absent', () => {
  test('the same dataset gives the same bytes', async () => {
    const bytes = [];
    for (const name of ['first', 'second']) {
      await convertToNpz({ dataset, out: join(root, name) }, { by: 'split' });
      bytes.push(readFileSync(join(root, name, 'train.npz')));
    }
    expect(bytes[0]).toEqual(bytes[1]);
  });

  test('what is there is not written over', async () => {
    await expect(convertToNpz({ dataset, out: root }, { by: 'split' })).rejects.toThrow(
      `folder "${root}": there is something already; delete it, or choose another with --out`,
    );
  });

  test('a damaged shard or an interrupt leaves nothing behind', async () => {
    await smallDataset(join(root, 'torn'));
    const [file] = readdirSync(join(root, 'torn/energy/c'), { recursive: true, encoding: 'utf8' })
      .map((path) => join(root, 'torn/energy/c', path))
      .filter((path) => path.endsWith('5/0'));
    truncateSync(file!, 4);
    const before = readdirSync(root);
    const torn = await openFolder(join(root, 'torn'));
    const out = join(root, 'nothing');
    await expect(convertToNpz({ dataset: torn, out }, { by: 'split' })).rejects.toThrow(/shard .*"energy"/);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(convertToNpz({ dataset, out, signal }, { by: 'split' })).rejects.toThrow('stopped');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(root)).toEqual(before);
  });
});
