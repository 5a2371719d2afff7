/** Datasets of every scene, with all their splits, pictures and views. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sceneDefinition, scenes } from '@orrery/scene';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { arrayNames } from '../arrays.ts';
import { datasetSpecSchema, pictures, type DatasetSpec } from '../manifest.ts';
import { episodeSource } from './draw.ts';
import { openFolder, verifyDataset } from './index.ts';
import { shardMaker } from './make-shard.ts';
import { checkEpisodes, identityOf, planGeneration } from './plan.ts';
import { temporaryFolder } from './test-dataset.ts';
import { beginDataset, finishDataset } from './unfinished.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true }));

/** Makes a dataset in this thread: workers start slowly. */
async function make(folder: string, spec: DatasetSpec) {
  const plan = await planGeneration(identityOf({ spec, size: 'tiny', seed: 5 }));
  const shards = Array.from({ length: plan.shards }, (_, shard) => shard);
  await checkEpisodes(plan, shards);
  await beginDataset(folder, plan);
  const makeShard = shardMaker(plan, folder);
  for (const shard of shards) await (await makeShard(shard, () => {}))();
  await finishDataset(folder, plan);
  return openFolder(folder);
}

const specOf = (scene: string, more: object = {}): DatasetSpec =>
  datasetSpecSchema.parse({
    ...{ name: scene, scene, frames: 8, width: 16, height: 16, pictures },
    episodes: { train: 2, test: 1, shifted: 1, pairs: 1 },
    ...more,
  });

describe.each(Object.keys(scenes))('%s', (scene) => {
  test('has a dataset with a split for each factor and variant, and all arrays', async () => {
    const { factors, variants = [], policies } = sceneDefinition(scene);
    const folder = join(root, scene);
    const dataset = await make(folder, specOf(scene));
    const { manifest } = dataset;
    expect(Object.keys(manifest.splits)).toEqual([
      ...['train', 'test'],
      ...Object.keys(factors).map((factor) => `ood-${factor}`),
      ...variants.map((variant) => `pairs-${variant}`),
    ]);
    expect(dataset.arrays).toEqual(arrayNames({ actuator: manifest.actions.length, pictures }));
    expect(dataset.arrays.includes('action')).toBe(policies !== undefined);
    expect((await verifyDataset(folder, { workers: 1 })).problems).toEqual([]);

    const clip = { episode: 0, start: 0, length: 8 };
    const { mass, rgb } = await dataset.readClip(clip, ['mass', 'rgb']);
    const record = await dataset.readEpisode(0);
    expect([...mass]).toEqual(record.scene.bodies.map((body) => Math.fround(body.mass)));
    expect(new Set(rgb).size).toBeGreaterThan(1);
    expect(record.policy === undefined).toBe(policies === undefined);
  });
});

test('pairs are drawn with the same key and differ by what the variant does', async () => {
  const variants = sceneDefinition('occluder').variants!;
  const dataset = await openFolder(join(root, 'occluder'));
  for (const variant of variants) {
    const { start } = dataset.manifest.splits[`pairs-${variant}`]!;
    const [possible, impossible] = [await dataset.readEpisode(start), await dataset.readEpisode(start + 1)];
    expect(possible).toMatchObject({ pair: 0, split: `pairs-${variant}` });
    expect(possible.variant).toBeUndefined();
    expect(impossible).toMatchObject({ pair: 0, variant, key: possible.key });
    expect(possible.scene.interventions).toEqual([]);
    expect(impossible.scene.interventions.length).toBeGreaterThan(0);
    expect({ ...impossible.scene, interventions: [], factors: {} }).toEqual({
      ...{ ...possible.scene, interventions: [], factors: {} },
    });
  }
});

test('who acts follows from the spec: one of the two, or either by the coin of the episode', () => {
  const acting = (policy?: 'scripted' | 'random' | 'mixed') => {
    const spec = specOf('push', { policy, episodes: { train: 40, test: 1 } });
    const { draw } = episodeSource({ spec, seed: 5 });
    return Array.from({ length: 40 }, (_, episode) => draw(episode).policy);
  };
  expect(new Set(acting('scripted'))).toEqual(new Set(['scripted']));
  expect(new Set(acting('random'))).toEqual(new Set(['random']));
  const mixed = acting('mixed');
  expect(mixed.filter((policy) => policy === 'scripted').length).toBeGreaterThan(10);
  expect(mixed.filter((policy) => policy === 'random').length).toBeGreaterThan(10);
  expect(acting()).toEqual(mixed);
});

test('another view of the scene: the same motion, other pictures', async () => {
  const [scene, view] = Object.keys(scenes).flatMap((name) => {
    const { draw } = episodeSource({ spec: specOf(name), seed: 5 });
    return Object.keys(draw(0).scene.views).map((view) => [name, view] as const);
  })[0]!;
  const folder = join(root, 'view');
  const other = await make(folder, specOf(scene, { camera: view }));
  const front = await openFolder(join(root, scene));
  const clip = { episode: 1, start: 0, length: 8 };
  const [a, b] = [
    await front.readClip(clip, ['position', 'rgb']),
    await other.readClip(clip, ['position', 'rgb']),
  ];
  expect(b.position).toEqual(a.position);
  expect(b.rgb).not.toEqual(a.rgb);
  const record = await other.readEpisode(1);
  expect(record.scene.camera).toEqual(record.scene.views[view]);
  expect(other.manifest.camera).not.toEqual(front.manifest.camera);
});
