export { generateDataset, type GenerateOptions } from './generate.ts';
export { verifyDataset, type VerifyOptions, type VerifyProblem, type VerifyReport } from './verify.ts';
export { folderStore, openFolder } from './folder-store.ts';
export {
  createArray,
  openArrayWriter,
  writeArray,
  writeGroup,
  type ArrayOptions,
  type ArrayWriter,
  type ShardWriter,
} from './zarr-writer.ts';
