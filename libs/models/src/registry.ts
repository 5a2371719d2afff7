/** The families that can be named in a configuration. */
import type { Family } from './family.ts';
import { diffusionForcing } from './diffusion-forcing/model.ts';
import { gns } from './gns/model.ts';
import { residualConv } from './residual-conv/model.ts';
import { stateMlp } from './state-mlp/model.ts';
import { stateTransformer } from './state-transformer/model.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each family has a configuration of its own
export const families: Readonly<Record<string, Family<any>>> = {
  [residualConv.name]: residualConv,
  [diffusionForcing.name]: diffusionForcing,
  [stateMlp.name]: stateMlp,
  [stateTransformer.name]: stateTransformer,
  [gns.name]: gns,
};

/** @throws when there is none of that name, with the known ones */
export function family(name: string): Family<unknown> {
  if (Object.hasOwn(families, name)) return families[name] as Family<unknown>;
  const known = Object.keys(families).join(', ');
  throw new Error(`model family "${name}": there is none of that name; choose one of: ${known}`);
}
