import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '@orrery/dataset';
import { pythonEnvironment } from '@orrery/python';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { askPython, scratchFolder, smallDataset } from '../convert.fixture.ts';
import { convertToLeRobot } from '../index.ts';
import { featureStatistics, mergeStatistics } from './statistics.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const environment = await pythonEnvironment();
const root = scratchFolder();
const out = join(root, 'lerobot');
let dataset: Dataset;
beforeAll(async () => {
  dataset = await smallDataset(join(root, 'bounce'));
  await convertToLeRobot({ dataset, out }, { quantizer: 14 });
});

test('has the files of LeRobotDataset v3.0', () => {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));
  expect(files.filter((path) => !path.endsWith('.camera')).sort()).toEqual([
    'data/chunk-000/file-000.parquet',
    'meta/episodes/chunk-000/file-000.parquet',
    'meta/info.json',
    'meta/stats.json',
    'meta/tasks.parquet',
    'videos/observation.images.camera/chunk-000/file-000.mp4',
  ]);
  expect(JSON.parse(readFileSync(join(out, 'meta/info.json'), 'utf8'))).toMatchObject({
    codebase_version: 'v3.0',
    ...{ total_episodes: 6, total_frames: 54, total_tasks: 1, fps: 20 },
    splits: { train: '0:4', test: '4:6' },
    features: {
      'observation.images.camera': {
        dtype: 'video',
        shape: [32, 48, 3],
        names: ['height', 'width', 'channels'],
      },
      'observation.state': { dtype: 'float32', shape: [39] },
      timestamp: { dtype: 'float32', shape: [1], names: null },
      index: { dtype: 'int64', shape: [1], names: null },
    },
  });
});

/** What LeRobot's loader asks of the files, asked by pyarrow, zarr and PyAV. */
const READ = `
import json, sys, av, zarr, numpy as np, pyarrow.parquet as pq
group, root = zarr.open_group(sys.argv[1], mode="r"), sys.argv[2]
data = pq.read_table(root + "/data/chunk-000/file-000.parquet")
episodes = pq.read_table(root + "/meta/episodes/chunk-000/file-000.parquet").to_pylist()
tasks = pq.read_table(root + "/meta/tasks.parquet")
stats = json.load(open(root + "/meta/stats.json"))
state = np.stack(data["observation.state"].to_numpy())
moving = np.flatnonzero(group["mass"][0] > 0)
true = np.concatenate([group[name][:][:, :, moving] for name in ["position", "quaternion", "velocity", "angular_velocity"]], -1)
true = true.reshape(state.shape)
rgb = group["rgb"][:].reshape(-1, *group["rgb"].shape[2:])
key = "observation.images.camera"
errors, times, found = [], [], []
with av.open(root + f"/videos/{key}/chunk-000/file-000.mp4") as file:
    stream = file.streams.video[0]
    frames = {float(frame.pts * stream.time_base): frame.to_ndarray(format="rgb24") for frame in file.decode(stream)}
    for episode in episodes:  # as LeRobot finds a frame: the episode's start in the file plus the row's timestamp
        for row in range(episode["dataset_from_index"], episode["dataset_to_index"]):
            at = episode[f"videos/{key}/from_timestamp"] + data["timestamp"][row].as_py()
            nearest = min(frames, key=lambda time: abs(time - at))
            times.append(abs(nearest - at))
            errors.append(np.abs(frames[nearest].astype("f8") - rgb[row]).mean())
            found.append(int(np.argmin([np.abs(frames[nearest].astype("f8") - other).sum() for other in rgb])))
pixels = rgb / 255
flat = lambda values: np.array(values).ravel()
close = lambda a, b: bool(np.allclose(flat(a), flat(b), rtol=1e-6, atol=1e-9))
print(json.dumps({
    "types": {field.name: str(field.type) for field in data.schema}, "groups": pq.ParquetFile(root + "/data/chunk-000/file-000.parquet").num_row_groups,
    "state": bool(np.array_equal(state, true.astype("f4"))), "frames": len(frames),
    "index": data["index"].to_pylist(), "episode": data["episode_index"].to_pylist(), "frame": data["frame_index"].to_pylist(),
    "timestamps": data["timestamp"].to_pylist()[:9], "time": max(times), "error": max(errors), "found": found,
    "stats": [close(stats["observation.state"]["mean"], true.mean(0)), close(stats["observation.state"]["std"], true.astype("f8").std(0)),
        close(stats[key]["mean"], pixels.mean((0, 1, 2))), close(stats[key]["std"], pixels.std((0, 1, 2))),
        close(stats[key]["max"], pixels.max((0, 1, 2)))],
    "shape": list(np.array(stats[key]["mean"]).shape), "count": stats[key]["count"],
    "episode stats": close(episodes[2]["stats/observation.state/min"], true[18:27].min(0)),
    "episodes": [[e["episode_index"], e["length"], e["tasks"], e[f"videos/{key}/to_timestamp"], e["data/file_index"]] for e in episodes],
    "tasks": tasks.to_pylist(), "index columns": json.loads(tasks.schema.metadata[b"pandas"])["index_columns"],
}))
`;

test('pyarrow and PyAV find each frame where LeRobot looks for it', async (context) => {
  if ('skipped' in environment) return context.skip(environment.skipped);
  const seen = JSON.parse(await askPython(environment.python, root, READ, join(root, 'bounce'), out));
  const rows = Array.from({ length: 54 }, (_, i) => i);
  expect(seen).toMatchObject({
    types: {
      'observation.state': 'list<element: float>',
      timestamp: 'float',
      ...Object.fromEntries(['frame_index', 'episode_index', 'index', 'task_index'].map((n) => [n, 'int64'])),
    },
    ...{ groups: 6, state: true, frames: 54, index: rows },
    episode: rows.map((i) => Math.floor(i / 9)),
    frame: rows.map((i) => i % 9),
    timestamps: rows.slice(0, 9).map((t) => Math.fround(t / 20)),
    found: rows,
    stats: [true, true, true, true, true],
    ...{ shape: [3, 1, 1], count: [54], 'episode stats': true },
    tasks: [{ task_index: 0, task: 'bounce: what happens next' }],
    'index columns': ['task'],
  });
  // LeRobot's tolerance is 1e-4 s.
  expect(seen.time).toBeLessThan(1e-6);
  // Mean over a frame, of 255 levels: colours have half the resolution.
  expect(seen.error).toBeLessThan(4);
  expect(seen.episodes).toEqual(
    rows.slice(0, 6).map((e) => [e, 9, ['bounce: what happens next'], (9 * (e + 1)) / 20, 0]),
  );
});

describe('statistics', () => {
  test('of parts merge to those of the whole', () => {
    const frames = fc.array(
      fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 }),
      {
        minLength: 2,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(frames, fc.nat(), (rows, at) => {
        const cut = 1 + (at % (rows.length - 1));
        const whole = featureStatistics(rows, 2);
        const merged = mergeStatistics(
          featureStatistics(rows.slice(0, cut), 2),
          featureStatistics(rows.slice(cut), 2),
        );
        expect(merged.count).toBe(whole.count);
        for (const name of ['min', 'max', 'mean', 'std'] as const)
          whole[name].forEach((value, c) => expect(merged[name][c]).toBeCloseTo(value, 6));
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

test('what cannot be converted is named before anything is written', async () => {
  const elsewhere = join(root, 'nothing');
  const without = { ...dataset, arrays: dataset.arrays.filter((name) => name !== 'rgb') };
  const conversion = (of: Dataset) => convertToLeRobot({ dataset: of, out: elsewhere }, { quantizer: 20 });
  await expect(conversion(without)).rejects.toThrow('dataset "bounce": has no pictures "rgb"');
  const odd = { ...dataset, manifest: { ...dataset.manifest, dt: 0.3 } };
  await expect(conversion(odd)).rejects.toThrow(/3\.33\d* frames a second, and LeRobot wants a whole number/);
  expect(existsSync(elsewhere)).toBe(false);
});
