export { buildModel } from './family.ts';
export type {
  Clip,
  Family,
  FrameClip,
  FrameFamily,
  FrameModel,
  FrameWorld,
  Loss,
  Model,
  Noise,
  NoiseSpec,
  NoiseSpecs,
  Parameters,
  Prediction,
  State,
  StateClip,
  StateFamily,
  StateModel,
  StateWorld,
  World,
} from './family.ts';
export { families, family } from './registry.ts';
export { BODY, BODY_SIZE, MOTION, MOTION_SIZE, shapeKinds } from './states/layout.ts';
export { coasted } from './states/change.ts';
export { stateStatistics, unitStatistics, type Spread, type StateStatistics } from './states/statistics.ts';
export { residualConv } from './residual-conv/model.ts';
export { residualConvConfig, type ResidualConvConfig } from './residual-conv/config.ts';
export { hnn, hnnBaseline, type HamiltonianNetwork, type LearnedDynamics } from './hnn/model.ts';
export { hnnConfig, type HnnConfig } from './hnn/config.ts';
export { egnn, type ChargedBodies, type Egnn } from './egnn/model.ts';
export { egnnConfig, type EgnnConfig } from './egnn/config.ts';
export { diffusionForcing } from './diffusion-forcing/model.ts';
export { diffusionForcingConfig, type DiffusionForcingConfig } from './diffusion-forcing/config.ts';
export { stateMlp } from './state-mlp/model.ts';
export { stateMlpConfig, type StateMlpConfig } from './state-mlp/config.ts';
export { stateTransformer } from './state-transformer/model.ts';
export { stateTransformerConfig, type StateTransformerConfig } from './state-transformer/config.ts';
export { gns } from './gns/model.ts';
export { gnsConfig, type GnsConfig } from './gns/config.ts';
