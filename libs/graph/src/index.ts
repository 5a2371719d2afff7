export type {
  DType,
  Loop,
  OpAttributes,
  OpName,
  PrimitiveName,
  Program,
  ScanLoop,
  Shape,
  SourceName,
  Tensor,
  TypedArray,
} from './tensor.ts';
export { apply, is } from './apply.ts';
export { formatShape, sameShape, size } from './extents.ts';
export { modelError } from './model-error.ts';
export { allDTypes, allocate, bytesPerElement, isFloat, roundTo, stores } from './dtypes.ts';
export { arange, constant, full, input, ones, onesLike, zeros, zerosLike } from './sources.ts';
export type { Operand } from './sources.ts';
export * from './elementwise.ts';
export * from './movement.ts';
export * from './reductions.ts';
export { conv2d, matmul } from './contractions.ts';
export type { Conv2dOptions } from './contractions.ts';
export { conv2dTranspose } from './conv2d-transpose.ts';
export * from './indexing.ts';
export * from './activations.ts';
export { rematerialize } from './rematerialize.ts';
export { scan, unpack } from './scan.ts';
export type { ScanOptions, ScanResult, ScanStep } from './scan.ts';
export { scanPieces } from './scan-pieces.ts';
export type { ScanPiece } from './scan-pieces.ts';
export { order, usersIn } from './order.ts';
export { program } from './program.ts';
export { gradient, pullBack } from './gradient.ts';
export { evaluate, filled } from './evaluate.ts';
export type { Feeds } from './evaluate.ts';
export { byteSize, cost } from './cost.ts';
export type { Cost, OpCost } from './cost.ts';
export { donatedInputs, donatedPeak, memory } from './memory.ts';
export type { Memory } from './memory.ts';
export { trainingCost } from './training-cost.ts';
export type { TrainingCost } from './training-cost.ts';
export { print, toGraphviz } from './print.ts';
export { eliminateCommonSubexpressions } from './passes/common-subexpressions.ts';
export { foldConstants } from './passes/fold-constants.ts';
export { optimize } from './passes/optimize.ts';
export { mixedPrecision, precisions, withPrecision } from './passes/precision.ts';
export type { Precision } from './passes/precision.ts';
export type { Pass } from './passes/rewrite.ts';
export { rewrite } from './passes/rewrite.ts';
export { simplify } from './passes/simplify.ts';
export { elementwiseOps } from './passes/recognize.ts';
export { finiteDifferences } from './finite-differences.ts';
