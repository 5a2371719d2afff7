import { fork } from 'node:child_process';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foldIn, key } from '@orrery/random';
import { simulate } from '@orrery/physics';
import { createRenderer } from '@orrery/render';
import { sceneDefinition } from '@orrery/scene';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as zarrita from 'zarrita';
import type { DatasetSpec } from '../manifest.ts';
import type { TypedArray } from '../zarr/dtype.ts';
import { folderStore, generateDataset, openFolder, type GenerateOptions } from './index.ts';
import { filesOf, folderChecksum, temporaryFolder, testSpec } from './test-dataset.ts';

// Worker threads and synced files take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
const freshFolder = () => join(root, String(count++));
const generate = (folder: string, options: Partial<GenerateOptions> = {}) =>
  generateDataset({ spec: testSpec, size: 'tiny', seed: 3, folder, workers: 2, ...options });

/** Stops before the first shard. */
function begin(folder: string) {
  const controller = new AbortController();
  return generate(folder, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('begun')),
  });
}

let made: string;
let checksum: string;
beforeAll(async () => {
  made = freshFolder();
  await generate(made, { workers: 1 });
  checksum = folderChecksum(made);
});

describe('a generated dataset', () => {
  test('holds the scene, the simulation and the frames of each episode', async () => {
    const { config, sample } = sceneDefinition('bounce');
    const drawn = sample(foldIn(key(3), 10), config.parse({ balls: 2 }));
    const dataset = await openFolder(made);
    const scene = await dataset.readScene(10);
    expect(JSON.stringify(scene)).toBe(JSON.stringify(drawn));
    const trajectory = simulate(scene, 13);
    const { render } = createRenderer(scene, { width: 20, height: 16 });
    const read = async (name: string) => {
      const array = await zarrita.open.v3(zarrita.root(folderStore(made)).resolve(name), { kind: 'array' });
      const selection = [10, ...array.shape.slice(1).map(() => null)];
      return (await zarrita.get(array, selection)).data as TypedArray;
    };
    expect(await read('position')).toEqual(Float32Array.from(trajectory.position));
    expect(await read('quaternion')).toEqual(Float32Array.from(trajectory.quaternion));
    expect(await read('velocity')).toEqual(Float32Array.from(trajectory.velocity));
    expect(await read('angular_velocity')).toEqual(Float32Array.from(trajectory.angularVelocity));
    expect(await read('energy')).toEqual(trajectory.energy);
    expect(await read('momentum')).toEqual(trajectory.momentum);
    expect([...(await read('contact_count'))]).toEqual(trajectory.contacts.map(({ length }) => length));
    const [rgb, depth, segmentation] = await Promise.all(['rgb', 'depth', 'segmentation'].map(read));
    for (const t of [0, 7, 12]) {
      const frame = render({
        position: trajectory.position.subarray(t * 7 * 3, (t + 1) * 7 * 3),
        quaternion: trajectory.quaternion.subarray(t * 7 * 4, (t + 1) * 7 * 4),
      });
      expect(rgb!.subarray(t * 960, (t + 1) * 960)).toEqual(frame.rgb);
      expect(depth!.subarray(t * 320, (t + 1) * 320)).toEqual(frame.depth);
      expect(segmentation!.subarray(t * 320, (t + 1) * 320)).toEqual(frame.segmentation);
    }
    // jax.random.fold_in(jax.random.PRNGKey(3), 10): alone it draws this episode again.
    const { key: stored } = await dataset.readEpisode(10);
    expect(stored).toEqual(foldIn(key(3), 10));
    expect(JSON.stringify(sample(stored!, config.parse({ balls: 2 })))).toBe(JSON.stringify(scene));
    expect((await dataset.readEpisode(8)).split).toBe('train');
    expect((await dataset.readEpisode(9)).split).toBe('test');
  });

  test('says of itself what it is', async () => {
    const { manifest } = await openFolder(made);
    expect(manifest).toMatchObject({
      ...{ format: 'orrery.dataset', version: 2, spec: testSpec, size: 'tiny', seed: 3, dt: 1 / 20 },
      bodies: ['red', 'green', 'floor', 'ceiling', 'left', 'right', 'wall'],
      splits: { train: { start: 0, count: 9 }, test: { start: 9, count: 3 } },
    });
    expect(manifest.units['velocity']).toBe('m/s');
    expect(filesOf(made).filter((name) => !name.includes('/'))).toEqual(['episodes.jsonl', 'zarr.json']);
  });

  test.each([2, 3])('has the same bytes with %i workers', async (workers) => {
    const folder = freshFolder();
    await generate(folder, { workers });
    expect(folderChecksum(folder)).toBe(checksum);
  });

  test('is found at once and left alone when it is complete', async () => {
    const before = filesOf(made).map((name) => statSync(join(made, name)).mtimeMs);
    const progress: unknown[] = [];
    const manifest = await generate(made, { onProgress: (p) => progress.push(p) });
    expect(manifest).toEqual((await openFolder(made)).manifest);
    expect(progress).toEqual([{ done: 12, total: 12 }]);
    expect(filesOf(made).map((name) => statSync(join(made, name)).mtimeMs)).toEqual(before);
  });
});

describe('splits beyond train and test', () => {
  const spec: DatasetSpec = {
    ...{ ...testSpec, frames: 3, pictures: [] },
    episodes: { train: 2, test: 1, shifted: 2, pairs: 0 },
  };

  test('each factor is drawn from its shifted range in its own split, and in no other', async () => {
    const folder = freshFolder();
    const { factors, splits } = await generate(folder, { spec });
    expect(Object.keys(splits).slice(2)).toEqual(Object.keys(factors).map((name) => `ood-${name}`));
    const dataset = await openFolder(folder);
    const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;
    expect(dataset.episodes).toBe(3 + 2 * 4);
    for (let episode = 0; episode < dataset.episodes; episode++) {
      const { factor, scene } = await dataset.readEpisode(episode);
      const ranges = (name: string) => factors[name]![factor === name ? 'shifted' : 'range'];
      for (const name of ['red', 'green']) {
        expect(within(scene.factors[`${name}_radius`]!, ranges('radius'))).toBe(true);
        expect(within(scene.factors[`${name}_speed`]!, ranges('speed'))).toBe(true);
      }
      expect(within(scene.factors['gravity']!, ranges('gravity'))).toBe(true);
      expect(within(scene.factors['restitution']!, ranges('restitution'))).toBe(true);
    }
    expect((await dataset.readEpisode(6)).factor).toBe('speed');
    expect(dataset.arrays).not.toContain('rgb');
  });

  test('a camera that the scene lacks, and a policy where nothing acts, are refused', async () => {
    const folder = freshFolder();
    await expect(generate(folder, { spec: { ...spec, camera: 'top' } })).rejects.toThrow(
      'episode 0: camera "top": the scene has no other views; leave "camera" out',
    );
    await expect(generate(folder, { spec: { ...spec, policy: 'random' } })).rejects.toThrow(
      'dataset "test": policy "random", but nothing acts in scene "bounce"; leave "policy" out',
    );
    expect(existsSync(folder)).toBe(false);
  });
});

describe('interrupted work', () => {
  test('stops behind whole shards, and goes on from them to the same bytes', async () => {
    const folder = freshFolder();
    const controller = new AbortController();
    const stopping = generate(folder, {
      workers: 1,
      signal: controller.signal,
      onProgress: ({ done }) => done === 3 && controller.abort(new Error('enough')),
    });
    await expect(stopping).rejects.toThrow('enough');
    expect(readdirSync(join(folder, 'progress')).sort()).toEqual(['shard-0.json', 'shard-1.json']);
    expect(filesOf(folder).filter((name) => name.startsWith('rgb/c/'))).toHaveLength(2);
    await expect(openFolder(folder)).rejects.toThrow(
      'not finished; run "orrery generate" to make or to continue it',
    );

    // What a crash may leave: a partial file, a shard that is cut short although its note is there.
    writeFileSync(join(folder, 'rgb/.5.0123abcd.partial'), 'half');
    truncateSync(join(folder, 'depth/c/1/0/0/0'), 100);
    const kept = statSync(join(folder, 'rgb/c/0/0/0/0/0')).mtimeMs;
    const done: number[] = [];
    await generate(folder, { onProgress: (p) => done.push(p.done) });
    expect(done).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(statSync(join(folder, 'rgb/c/0/0/0/0/0')).mtimeMs).toBe(kept);
    expect(folderChecksum(folder)).toBe(checksum);
  });

  test('also when it was killed', async () => {
    const folder = freshFolder();
    const script = join(root, 'generate.mjs');
    writeFileSync(
      script,
      `import { generateDataset } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
      const options = JSON.parse(process.argv[2]);
      await generateDataset({ ...options, onProgress: (p) => process.send(p) });`,
    );
    const child = fork(
      script,
      [JSON.stringify({ spec: testSpec, size: 'tiny', seed: 3, folder, workers: 2 })],
      {
        execArgv: [],
      },
    );
    child.on('message', ({ done }: { done: number }) => done >= 5 && child.kill('SIGKILL'));
    const signal = await new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
    expect(signal).toBe('SIGKILL');
    expect(existsSync(join(folder, 'zarr.json'))).toBe(false);
    await generate(folder);
    expect(folderChecksum(folder)).toBe(checksum);
  });

  test('work that was stopped before it began leaves nothing', async () => {
    const folder = freshFolder();
    await expect(generate(folder, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('a folder that holds something else', () => {
  test('another seed or spec is named and kept, complete or not', async () => {
    await expect(generate(made, { seed: 4 })).rejects.toThrow(
      `dataset "${made}": it has seed 3 instead of 4; choose another folder with --out, or delete this one`,
    );
    const spec = { ...testSpec, frames: 12, sceneConfig: { balls: 1 } };
    await expect(generate(made, { spec })).rejects.toThrow(
      'it has spec.sceneConfig.balls 2 instead of 1, spec.frames 13 instead of 12; choose',
    );
    expect(folderChecksum(made)).toBe(checksum);

    const begun = freshFolder();
    await expect(begin(begun)).rejects.toThrow('begun');
    await expect(generate(begun, { seed: 4 })).rejects.toThrow(
      `dataset "${begun}": it has seed 3 instead of 4`,
    );
  });

  test('another generator, a newer format, and files of others', async () => {
    const other = freshFolder();
    cpSync(made, other, { recursive: true });
    const group = JSON.parse(readFileSync(join(other, 'zarr.json'), 'utf8'));
    const withAttributes = (attributes: object) =>
      writeFileSync(join(other, 'zarr.json'), JSON.stringify({ ...group, attributes }));
    withAttributes({ ...group.attributes, generator: '0' });
    await expect(generate(other)).rejects.toThrow('it has generator "0" instead of');
    withAttributes({ ...group.attributes, version: 3 });
    await expect(generate(other)).rejects.toThrow(
      'format version 3, this program knows version 2; update the program',
    );
    withAttributes({ title: 'rollouts' });
    await expect(generate(other)).rejects.toThrow('is not that of an Orrery dataset');
    rmSync(join(other, 'zarr.json'));
    await expect(generate(other)).rejects.toThrow('holds other files ("angular_velocity") and no dataset');
  });
});

describe('what cannot be generated', () => {
  test('is refused before anything is written', async () => {
    const folder = freshFolder();
    const refused = (spec: object) => generate(folder, { spec: { ...testSpec, ...spec } as typeof testSpec });
    await expect(refused({ scene: 'bouce' })).rejects.toThrow('scene "bouce": there is no such scene');
    await expect(refused({ sceneConfig: { balls: 99 } })).rejects.toThrow(
      'dataset "test": sceneConfig.balls: ',
    );
    await expect(refused({ sceneConfig: { ball: 1 } })).rejects.toThrow(
      'dataset "test": sceneConfig: Unrecognized',
    );
    await expect(refused({ sceneConfig: { balls: 5, radius: [0.9, 0.95] } })).rejects.toThrow(
      'dataset "test" (seed 3), episode 0: scene "bounce": 5 balls',
    );
    expect(existsSync(folder)).toBe(false);
  });

  test('a dataset that the disk cannot hold is refused before anything is written, with both figures', async () => {
    const folder = freshFolder();
    const spec = { ...testSpec, episodes: { ...testSpec.episodes, train: 2e9 } };
    await expect(generate(folder, { spec })).rejects.toThrow(
      /^folder ".*": the dataset needs about [\d.]+ TB and [\d.]+ [MGT]?B are free; free some space, choose a folder on another disk, or make fewer episodes$/,
    );
    expect(existsSync(folder)).toBe(false);
  });

  test('a simulation that explodes is named with dataset, seed and episode, and not written', async () => {
    const folder = freshFolder();
    // At ten million times the Earth's gravity, contacts are beyond the solver: some episodes gain energy.
    const spec = { ...testSpec, sceneConfig: { balls: 3, gravity: [1e4, 1e8] } };
    const error = await generate(folder, { spec }).catch((error: Error) => error);
    const { message } = error as Error;
    const [, episode] =
      /^dataset "test" \(seed 3\), episode (\d+): .*the simulation gained/.exec(message) ?? [];
    expect(episode, message).toBeDefined();
    const shards = existsSync(folder) ? filesOf(folder).filter((name) => /^[a-z]+\/c\//.test(name)) : [];
    expect(shards.filter((name) => name.split('/')[2] === String(Math.floor(Number(episode) / 2)))).toEqual(
      [],
    );
    await expect(openFolder(folder)).rejects.toThrow('not f');
  });

  test('an error in a worker comes out', async () => {
    const folder = freshFolder();
    await expect(begin(folder)).rejects.toThrow('begun');
    writeFileSync(join(folder, 'rgb/c'), 'in the way');
    await expect(generate(folder)).rejects.toThrow(
      /^cannot write .*\/rgb\/c\/[01]\/0\/0\/0\/0: a part of the path is a file/,
    );
  });
});
