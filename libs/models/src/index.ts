export type {
  Clip,
  Family,
  Loss,
  Model,
  Noise,
  NoiseSpec,
  NoiseSpecs,
  Parameters,
  State,
  World,
} from './family.ts';
export { families, family } from './registry.ts';
export { residualConv } from './residual-conv/model.ts';
export { residualConvConfig, type ResidualConvConfig } from './residual-conv/config.ts';
export { hnn, hnnBaseline, type HamiltonianNetwork, type LearnedDynamics } from './hnn/model.ts';
export { hnnConfig, type HnnConfig } from './hnn/config.ts';
export { egnn, type ChargedBodies, type Egnn } from './egnn/model.ts';
export { egnnConfig, type EgnnConfig } from './egnn/config.ts';
export { diffusionForcing } from './diffusion-forcing/model.ts';
export { diffusionForcingConfig, type DiffusionForcingConfig } from './diffusion-forcing/config.ts';
