export { assembleDataset, type AssembleOptions } from './assemble.ts';
export { generateDataset, generatePiece, type GenerateOptions } from './generate.ts';
export { type Piece } from './pieces.ts';
export { checkSpace } from './space.ts';
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
