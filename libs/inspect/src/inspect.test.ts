import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetSpecSchema, type Dataset } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { pythonEnvironment, runPython } from '@orrery/python';
import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chooseEpisodes, contactSheet, inspectDataset, splitOf, type Inspection } from './index.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const environment = await pythonEnvironment();
const root = mkdtempSync(join(tmpdir(), 'orrery-inspect-'));
afterAll(() => rmSync(root, { recursive: true }));

const folder = join(root, 'bounce');
let dataset: Dataset;
let inspection: Inspection;
beforeAll(async () => {
  const spec = datasetSpecSchema.parse({
    ...{ name: 'bounce', scene: 'bounce', frames: 9, width: 32, height: 24 },
    episodes: { train: 3, test: 2, shifted: 1 },
    pictures: ['rgb', 'depth', 'segmentation', 'flow'],
  });
  await generateDataset({ spec, size: 'tiny', seed: 4, folder, workers: 1 });
  dataset = await openFolder(folder);
  inspection = await inspectDataset({
    ...{ dataset, folder, out: join(root, 'out'), frames: 4 },
    pictures: ['rgb', 'depth', 'segmentation', 'flow'],
  });
});

test('episodes are chosen from all splits in turn', () => {
  expect(chooseEpisodes(dataset, 4)).toEqual([0, 3, 5, 6]);
  expect(chooseEpisodes(dataset, 100)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([0, 4, 5].map((episode) => splitOf(dataset, episode))).toEqual(['train', 'test', 'ood-radius']);
  // Of pairs, both members.
  const splits = { train: { start: 0, count: 9 }, 'pairs-vanish': { start: 9, count: 4, variant: 'vanish' } };
  const paired = { ...dataset, manifest: { ...dataset.manifest, splits } };
  expect(chooseEpisodes(paired, 5)).toEqual([0, 1, 9, 10, 11]);
});

test('a contact sheet holds the frames, pixel for pixel', async () => {
  const sheet = await contactSheet(dataset, { episodes: [1, 4], frames: 3, pictures: ['rgb'], scale: 2 });
  const { rgb } = await dataset.readClip({ episode: 4, start: 0, length: 9 }, ['rgb']);
  // The last column is the last frame; cells are 32x24 pixels, enlarged twice, and lie 3 apart.
  const [left, top] = [sheet.width - 6 - 64, sheet.height - 6 - 48];
  for (let y = 0; y < 48; y++)
    for (let x = 0; x < 64; x++) {
      const at = ((top + y) * sheet.width + left + x) * 3;
      const from = (8 * 24 * 32 + Math.floor(y / 2) * 32 + Math.floor(x / 2)) * 3;
      expect(sheet.data.subarray(at, at + 3)).toEqual(rgb.subarray(from, from + 3));
    }
});

const PROGRAM = `
import json, sys, zarr, numpy as np
group = zarr.open_group(sys.argv[1], mode="r")
def of(name):
    values = group[name][:].astype("f8")
    finite = values[np.isfinite(values)]
    return [finite.size, int(values.size - finite.size), finite.min(), finite.max(), finite.mean(), finite.std()]
energy = group["energy"][:]
print(json.dumps({"arrays": {name: of(name) for name in json.loads(sys.argv[2])},
    "touching": float((group["contact_count"][:3] > 0).mean()),
    "change": float(((energy[:3, -1] - energy[:3, 0]) / np.abs(energy[:3]).max(1)).mean())}))
`;

describe('statistics', () => {
  test('are what NumPy makes of the arrays', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const script = join(root, 'statistics.py');
    writeFileSync(script, PROGRAM);
    const answer = await runPython(environment.python, script, [folder, JSON.stringify(dataset.arrays)]);
    const { arrays, touching, change } = JSON.parse(answer);
    for (const name of dataset.arrays) {
      const own = inspection.statistics.arrays[name]!;
      const [count, skipped, ...numbers] = arrays[name];
      expect([own.count, own.skipped], name).toEqual([count, skipped]);
      [own.minimum, own.maximum, own.mean, own.deviation].forEach((value, i) =>
        expect(value, name).toBeCloseTo(numbers[i], 9),
      );
    }
    const { train } = inspection.statistics.splits;
    expect(train!.framesWithContacts).toBeCloseTo(touching, 12);
    expect(train!.energyChange.mean).toBeCloseTo(change, 12);
  });

  test('hold the factors of each split against what the manifest declares', () => {
    const { splits } = inspection.statistics;
    const radius = splits['ood-radius']!.factors['radius']!;
    expect(radius).toMatchObject({ declared: [0.2, 0.28], inside: true, drawn: { count: 3 } });
    expect(splits['train']!.factors['radius']).toMatchObject({ declared: [0.3, 0.45], inside: true });
    expect(splits['train']!.factors['radius']!.drawn.count).toBe(9);
    expect(radius.drawn.maximum).toBeLessThanOrEqual(0.28 + 1e-6);
  });

  test('a factor that was drawn elsewhere is shown', async () => {
    const factors = { ...dataset.manifest.factors };
    factors['radius'] = { ...factors['radius']!, range: [0.1, 0.2] };
    const { statistics } = await inspectDataset({
      dataset: { ...dataset, manifest: { ...dataset.manifest, factors } },
      ...{ folder, out: join(root, 'other'), frames: 1, pictures: ['rgb'], episodes: [0] },
    });
    expect(statistics.splits['train']!.factors['radius']!.inside).toBe(false);
    expect(statistics.splits['ood-radius']!.factors['radius']!.inside).toBe(true);
  });

  test('sizes are those of the files', () => {
    const bytes = readdirSync(join(folder, 'rgb'), { recursive: true, encoding: 'utf8' })
      .map((path) => statSync(join(folder, 'rgb', path)))
      .filter((file) => file.isFile())
      .reduce((sum, file) => sum + file.size, 0);
    expect(inspection.statistics.arrays['rgb']).toMatchObject({ bytes: 9 * 9 * 24 * 32 * 3, stored: bytes });
  });
});

test('four files are written, and the page holds the pictures and the numbers', () => {
  expect(readdirSync(join(root, 'out')).sort()).toEqual([
    ...['contact-sheet.png', 'episodes.mp4', 'index.html', 'statistics.json'],
  ]);
  const { files, statistics } = inspection;
  expect(JSON.parse(readFileSync(files.statistics, 'utf8'))).toEqual(statistics);
  const { document } = parseHTML(readFileSync(files.report, 'utf8'));
  const png = Buffer.from(document.querySelector('img')!.getAttribute('src')!.split(',')[1]!, 'base64');
  expect(png).toEqual(readFileSync(files.contactSheet));
  // Three episodes in four kinds of pictures.
  expect(decode(png).height).toBe(6 + 12 + 12 * (24 * 3 + 3) + 6 - 3);
  const video = document.querySelector('video')!.getAttribute('src')!.split(',')[1]!;
  expect(Buffer.from(video, 'base64')).toEqual(readFileSync(files.video));
  const cells = [...document.querySelectorAll('td')].map((cell) => cell.textContent);
  expect(cells).toEqual(expect.arrayContaining(['ood-gravity', 'rgb', '9x9x24x32x3']));
});

test('pictures that the dataset lacks are named', async () => {
  const without = { ...dataset, arrays: dataset.arrays.filter((name) => name !== 'flow') };
  const sheet = contactSheet(without, { episodes: [0], frames: 1, pictures: ['flow'] });
  await expect(sheet).rejects.toThrow('dataset "bounce": has no pictures "flow"; choose from rgb, ');
});
