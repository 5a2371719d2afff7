export { initialise, learnedNames, parameterCount } from './parameters.ts';
export type { Parameters, ParameterSpec, ParameterSpecs } from './parameters.ts';
export {
  blocks,
  constantly,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normal,
  ones,
  truncatedNormal,
  uniform,
  zeros,
} from './initialisers.ts';
export { orthogonal } from './orthogonal.ts';
export type { Fans, Initialiser } from './initialisers.ts';
export { collect, defineLayer, sequential } from './layers/layer.ts';
export type { Layer } from './layers/layer.ts';
export { linear, mlp } from './layers/linear.ts';
export type { LinearOptions, MlpOptions } from './layers/linear.ts';
export { convolution, samePadding } from './layers/convolution.ts';
export type { ConvolutionOptions } from './layers/convolution.ts';
export { transposedConvolution } from './layers/transposed-convolution.ts';
export type { TransposedConvolutionOptions } from './layers/transposed-convolution.ts';
export { embedding } from './layers/embedding.ts';
export type { EmbeddingOptions } from './layers/embedding.ts';
export { sinusoids } from './layers/sinusoids.ts';
export { attention, dotProductAttention } from './layers/attention.ts';
export type { AttentionOptions } from './layers/attention.ts';
export { blockCausal, causal } from './layers/attention-masks.ts';
export type { AttentionMask } from './layers/attention-masks.ts';
export { gridPositions, rotary } from './layers/rotary.ts';
export type { RotaryOptions } from './layers/rotary.ts';
export { spatialTemporalAttention } from './layers/spatial-temporal.ts';
export type { SpatialTemporalOptions } from './layers/spatial-temporal.ts';
export { cellStep, recurrent } from './layers/recurrent.ts';
export type { Cell, Recurrence, RecurrentOptions } from './layers/recurrent.ts';
export { gru } from './layers/gru.ts';
export type { CellOptions } from './layers/gru.ts';
export { lstm } from './layers/lstm.ts';
export type { LstmState } from './layers/lstm.ts';
export { adaptiveNorm, adaptiveResidual, film } from './layers/conditioning.ts';
export type { ConditionOptions, Modulated } from './layers/conditioning.ts';
export { allPairs, messagePassing } from './layers/message-passing.ts';
export type { Edges, MessagePassingOptions } from './layers/message-passing.ts';
export { batchNorm } from './layers/batch-norm.ts';
export type { BatchNorm, BatchNormOptions } from './layers/batch-norm.ts';
export { groupNorm, layerNorm, rmsNorm } from './layers/norms.ts';
export type { NormOptions } from './layers/norms.ts';
export type { Optimizer, Tensors, Update } from './optimizers/optimizer.ts';
export { adam } from './optimizers/adam.ts';
export type { AdamOptions } from './optimizers/adam.ts';
export { rmsProp } from './optimizers/rmsprop.ts';
export type { RmsPropOptions } from './optimizers/rmsprop.ts';
export { adamW } from './optimizers/adamw.ts';
export type { AdamWOptions } from './optimizers/adamw.ts';
export { withL2 } from './optimizers/l2.ts';
export { muon, orthogonalise } from './optimizers/muon.ts';
export type { MuonOptions } from './optimizers/muon.ts';
export { sgd } from './optimizers/sgd.ts';
export type { SgdOptions } from './optimizers/sgd.ts';
export { clipByGlobalNorm, globalNorm } from './optimizers/clipping.ts';
export { movingAverage } from './optimizers/average.ts';
export { schedule, scheduleNames } from './schedules.ts';
export type { Schedule, ScheduleName, ScheduleOptions } from './schedules.ts';
