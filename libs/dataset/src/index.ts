export { arrayNames, arrayTable, type ArrayName, type ArrayValues } from './arrays.ts';
export type { DatasetDefinition } from './definition.ts';
export { episodeRecordSchema, type EpisodeRecord } from './episodes.ts';
export {
  datasetSpecSchema,
  manifestSchema,
  splitSchema,
  type DatasetSpec,
  type Manifest,
} from './manifest.ts';
export {
  generateCommand,
  openDataset,
  type Clip,
  type ClipArrays,
  type Dataset,
  type OpenOptions,
} from './open.ts';
export { rolloutsManifestSchema, type RolloutsManifest } from './rollouts.ts';
export type { DType, TypedArray } from './zarr/dtype.ts';
export { readArray, ShardError, type Gunzip, type ReadOptions } from './zarr/reader.ts';
