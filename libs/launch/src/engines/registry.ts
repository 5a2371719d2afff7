/** The engines that can be named. */
import type { EngineName } from '../spec/schema.ts';
import { batch } from './batch.ts';
import type { Engine } from './engine.ts';
import { kubernetes } from './kubernetes.ts';
import { ray } from './ray.ts';
import { sagemaker } from './sagemaker.ts';
import { skypilot } from './skypilot.ts';
import { slurm } from './slurm.ts';

const engines: { readonly [Name in EngineName]: Engine<Name> } = {
  ...{ slurm, kubernetes, sagemaker, batch, skypilot, ray },
};

/** The engine of a spec: what it is given must be of a spec that names it. */
export function engineOf(name: EngineName): Engine {
  return engines[name] as unknown as Engine;
}
