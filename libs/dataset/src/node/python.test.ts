import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonEnvironment, runPython } from '@orrery/python';
import { afterAll, expect, test, vi } from 'vitest';
import { valuesChecksum } from './checksums.ts';
import { generateDataset, openFolder, writeArray } from './index.ts';
import { temporaryFolder, testArrays, testSpec } from './test-dataset.ts';

// Worker threads and synced files take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));
const environment = await pythonEnvironment();

/** What a reader without our code sees, and its own account of the checksums. */
const PROGRAM = `
import hashlib, json, sys
import numpy as np, zarr

group = zarr.open_group(sys.argv[1], mode="r")
sha = lambda content: hashlib.sha256(content).digest()
checksums, arrays = {}, {}
for name in json.loads(sys.argv[2]):
    array = group[name]
    values = array[:]
    checksums[name] = sha(b"".join(sha(episode.tobytes()) for episode in values)).hex()
    clip = (array[7, 3:11] if "frame" in array.metadata.dimension_names else array[7]).astype("f8")
    finite = values[np.isfinite(values)].astype("f8")
    arrays[name] = [list(array.shape), str(array.dtype), list(array.metadata.dimension_names),
                    clip.ravel()[:400:7].tolist() if np.isfinite(clip).all() else None,
                    array.attrs["unit"]]
odd = zarr.open_array(sys.argv[3] + "/deep/odd", mode="r")
print(json.dumps({"checksums": checksums, "arrays": arrays, "seed": group.attrs["seed"],
                  "odd": odd[:].ravel().tolist(), "row": odd[4, :, 2].tolist()}))
`;

test('zarr (Python) reads the arrays, and hashlib agrees with the checksums', async (context) => {
  if ('skipped' in environment) return context.skip(environment.skipped);
  const folder = join(root, 'made');
  const manifest = await generateDataset({ spec: testSpec, size: 'tiny', seed: 6, folder, workers: 2 });
  // Chunks and shards that do not divide the shape.
  const odd = Int32Array.from({ length: 5 * 7 * 3 }, (_, i) => i * i - 50);
  await writeArray(
    join(root, 'odd'),
    'deep/odd',
    { shape: [5, 7, 3], dtype: 'int32', chunk: [1, 3, 2], shard: [2, 6, 4], codec: 'gzip' },
    odd,
  );
  const script = join(root, 'read.py');
  writeFileSync(script, PROGRAM);
  const seen = JSON.parse(
    await runPython(environment.python, script, [folder, JSON.stringify(testArrays), join(root, 'odd')]),
  );
  expect(seen.seed).toBe(6);
  expect(seen.odd).toEqual([...odd]);
  expect(seen.row).toEqual([0, 1, 2, 3, 4, 5, 6].map((j) => odd[(4 * 7 + j) * 3 + 2]));
  const { scene: _, ...arrays } = manifest.checksums.arrays;
  expect(seen.checksums).toEqual(arrays);
  expect(seen.arrays.rgb.slice(0, 3)).toEqual([
    [12, 13, 16, 20, 3],
    'uint8',
    ['episode', 'frame', 'row', 'column', 'rgb'],
  ]);
  const clip = await (await openFolder(folder)).readClip({ episode: 7, start: 3, length: 8 }, testArrays);
  for (const name of testArrays) {
    const sample = Float64Array.from(clip[name])
      .slice(0, 400)
      .filter((_, i) => i % 7 === 0);
    if (seen.arrays[name][3] !== null) expect([...sample], name).toEqual(seen.arrays[name][3]);
  }
  expect(seen.arrays.velocity[4]).toBe('m/s');
});

/** The same by tensorstore, whose driver shares no code with zarr's; chunks of several shards at once. */
const TENSORSTORE = `
import hashlib, json, sys
import tensorstore as ts

sha = lambda content: hashlib.sha256(content).digest()
def read(path):
    return ts.open({"driver": "zarr3", "kvstore": {"driver": "file", "path": path}}, read=True).result()

checksums, axes = {}, {}
for name in json.loads(sys.argv[2]):
    array = read(sys.argv[1] + "/" + name)
    axes[name] = list(array.domain.labels)
    checksums[name] = sha(b"".join(sha(episode.tobytes()) for episode in array.read().result())).hex()
clip = read(sys.argv[1] + "/rgb")[7, 3:11].read().result()
print(json.dumps({"checksums": checksums, "axes": axes, "clip": sha(clip.tobytes()).hex()}))
`;

test('tensorstore (Python) reads the same arrays', async (context) => {
  if ('skipped' in environment) return context.skip(environment.skipped);
  const folder = join(root, 'made');
  const { manifest, readClip } = await openFolder(folder);
  const script = join(root, 'read-tensorstore.py');
  writeFileSync(script, TENSORSTORE);
  const seen = JSON.parse(await runPython(environment.python, script, [folder, JSON.stringify(testArrays)]));
  const { scene: _, ...arrays } = manifest.checksums.arrays;
  expect(seen.checksums).toEqual(arrays);
  expect(seen.axes.mass).toEqual(['episode', 'body']);
  const { rgb } = await readClip({ episode: 7, start: 3, length: 8 }, ['rgb']);
  expect(seen.clip).toBe(valuesChecksum(rgb));
});
