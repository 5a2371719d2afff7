export { arrayTable, hasFrames, manifestArrays, type ArrayName, type ArrayValues } from './arrays.ts';
export type { DatasetDefinition } from './definition.ts';
export { episodeRecordSchema, type EpisodeRecord } from './episodes.ts';
export { httpStore, openUrl } from './http-store.ts';
export {
  cameraModelSchema,
  datasetSpecSchema,
  manifestSchema,
  pictures,
  splitSchema,
  type CameraModel,
  type DatasetSpec,
  type Manifest,
  type Picture,
  type Split,
} from './manifest.ts';
export { datasetSplits, episodeCount, placeOf, type EpisodePlace } from './splits.ts';
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
export { crc32c } from './zarr/crc32c.ts';
export { readArray, ShardError, type Gunzip, type ReadOptions } from './zarr/reader.ts';
