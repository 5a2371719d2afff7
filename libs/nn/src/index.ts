export { initialise, parameterCount } from './parameters.ts';
export type { Parameters, ParameterSpec, ParameterSpecs } from './parameters.ts';
export {
  constantly,
  fans,
  glorotNormal,
  heNormal,
  lecunNormal,
  normal,
  ones,
  zeros,
} from './initialisers.ts';
export type { Fans, Initialiser } from './initialisers.ts';
export { collect, defineLayer, sequential } from './layers/layer.ts';
export type { Layer } from './layers/layer.ts';
export { linear, mlp } from './layers/linear.ts';
export type { LinearOptions, MlpOptions } from './layers/linear.ts';
export { convolution, samePadding } from './layers/convolution.ts';
export type { ConvolutionOptions } from './layers/convolution.ts';
export { groupNorm, layerNorm, rmsNorm } from './layers/norms.ts';
export type { NormOptions } from './layers/norms.ts';
export type { Optimizer, Tensors, Update } from './optimizers/optimizer.ts';
export { adamW } from './optimizers/adamw.ts';
export type { AdamWOptions } from './optimizers/adamw.ts';
export { muon, orthogonalise } from './optimizers/muon.ts';
export type { MuonOptions } from './optimizers/muon.ts';
export { sgd } from './optimizers/sgd.ts';
export type { SgdOptions } from './optimizers/sgd.ts';
export { clipByGlobalNorm, globalNorm } from './optimizers/clipping.ts';
export { movingAverage } from './optimizers/average.ts';
export { schedule, scheduleNames } from './schedules.ts';
export type { Schedule, ScheduleName, ScheduleOptions } from './schedules.ts';
