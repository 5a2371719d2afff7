import { expect, test } from 'vitest';
import { datasetSpecSchema, type Manifest } from '@orrery/dataset';
import { croissantMetadata } from './index.ts';

const manifest: Manifest = {
  ...{ format: 'orrery.dataset', version: 2, size: 'tiny', seed: 3, generator: '9', dt: 0.05 },
  spec: datasetSpecSchema.parse({
    ...{ name: 'bounce', scene: 'bounce', frames: 20, width: 64, height: 64 },
    episodes: { train: 8, test: 4 },
  }),
  ...{ units: {}, bodies: ['red'], actions: [], camera: null, factors: {} },
  splits: { train: { start: 0, count: 8 }, test: { start: 8, count: 4 } },
  checksums: { arrays: {}, dataset: 'c0ffee', files: { 'episodes.jsonl': 'ab'.repeat(32) }, manifest: '' },
};

interface Node {
  readonly [key: string]: unknown;
}

/** Every object of a document, however deep. */
function nodes(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodes);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Node, ...Object.values(value).flatMap(nodes)];
}

// The rules of Croissant 1.0 that need no JSON-LD processor; the whole was checked with the package mlcroissant 1.1.1.
test('Croissant metadata has what the specification asks for, and refers only to what it holds', () => {
  const made = croissantMetadata({ manifest, description: 'Balls' });
  const { '@context': context, ...document } = JSON.parse(JSON.stringify(made)) as Node;
  expect(context).toMatchObject({ '@vocab': 'https://schema.org/', cr: 'http://mlcommons.org/croissant/' });
  expect(document).toMatchObject({
    '@type': 'sc:Dataset',
    name: 'orrery-bounce-tiny',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    description: expect.stringContaining('orrery generate bounce --size tiny --seed 3') as string,
  });
  const all = nodes(document);
  const defined = all.flatMap((node) => ('@type' in node && '@id' in node ? [node['@id']] : []));
  const referred = all.flatMap((node) => (!('@type' in node) && '@id' in node ? [node['@id']] : []));
  expect(new Set(defined).size).toBe(defined.length);
  expect(defined).toEqual(expect.arrayContaining([...referred, 'rgb', 'contact']));
  for (const node of all.filter((one) => one['@type'] === 'cr:FileObject'))
    for (const property of ['name', 'contentUrl', 'encodingFormat', 'sha256'])
      expect(node[property]).toBeTruthy();
  for (const node of all.filter((one) => one['@type'] === 'cr:FileSet'))
    for (const property of ['name', 'encodingFormat', 'includes']) expect(node[property]).toBeTruthy();
  for (const node of all.filter((one) => one['@type'] === 'cr:Field'))
    expect(node['dataType']).toMatch(/^sc:/);
});
