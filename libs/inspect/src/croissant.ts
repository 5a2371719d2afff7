/**
 * Metadata of a dataset in MLCommons' Croissant format 1.0 (JSON-LD), to lie beside its zarr.json: what files there are,
 * and records of the episodes, which Croissant's own loaders read. Arrays are described; `zarr` reads them.
 *
 * Source: Croissant Format Specification 1.0, docs.mlcommons.org/croissant.
 */
import { arrayTable, manifestArrays, type Manifest } from '@orrery/dataset';

export interface CroissantOptions {
  readonly manifest: Manifest;
  readonly description: string;
}

/** The context that the specification gives for version 1.0. */
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  sc: 'https://schema.org/',
  samplingRate: 'cr:samplingRate',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
};

export function croissantMetadata({ manifest, description }: CroissantOptions): object {
  const { spec, size, seed, splits } = manifest;
  const field = (name: string, dataType: string, text: string) => ({
    '@type': 'cr:Field',
    '@id': `episodes/${name}`,
    ...{ name, description: text, dataType },
    source: { fileObject: { '@id': 'episodes.jsonl' }, extract: { column: name } },
  });
  return {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    name: `orrery-${spec.name}-${size}`,
    description: `${description}. Made by "orrery generate ${spec.name} --size ${size} --seed ${seed}"; splits ${Object.entries(
      splits,
    )
      .map(([name, { start, count }]) => `${name} (episodes ${start} to ${start + count - 1})`)
      .join(', ')}.`,
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    version: `${manifest.version}.${manifest.generator}.${seed}`,
    keywords: ['physics', 'world model', 'video prediction', 'rigid bodies', 'synthetic'],
    distribution: [
      {
        '@type': 'cr:FileObject',
        '@id': 'episodes.jsonl',
        name: 'episodes.jsonl',
        description: 'one line an episode: its split, its scene with all drawn values, checksums',
        contentUrl: 'episodes.jsonl',
        encodingFormat: 'application/jsonlines',
        sha256: manifest.checksums.files['episodes.jsonl'],
      },
      ...manifestArrays(manifest).map((name) => ({
        '@type': 'cr:FileSet',
        '@id': name,
        name,
        description: `Zarr v3 array, ${arrayTable[name].dtype} [${arrayTable[name].axes.join(', ')}], ${arrayTable[name].unit}: ${arrayTable[name].description}`,
        encodingFormat: 'application/vnd.zarr',
        includes: `${name}/**`,
      })),
    ],
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        '@id': 'episodes',
        name: 'episodes',
        description: 'the episodes, in the order of the first axis of each array',
        key: { '@id': 'episodes/episode' },
        field: [
          field('episode', 'sc:Integer', 'index along the first axis of each array'),
          field('split', 'sc:Text', 'train, test, ood-<factor> or pairs-<variant>'),
        ],
      },
    ],
  };
}
