/** How a program is written, and what `io.json` says of it: arguments and results in their order, and what feeds them. */
import type { Precision, Program } from '@orrery/graph';
import type { NoiseSpecs } from '@orrery/models';
import type { Layout, Sharding } from '@orrery/stablehlo';
import { noiseName } from '@orrery/train';
import type { BundledInput, BundledProgram } from './manifest.ts';

/** @param noise that the program draws */
export function describe(
  { inputs, outputs }: Program,
  file: string,
  digest: string,
  layout: Layout,
  donate: Readonly<Record<string, string>>,
  noise: NoiseSpecs = {},
): BundledProgram {
  const takers = new Map(Object.entries(donate).map(([output, own]) => [own, output]));
  const drawn = new Map(
    Object.entries(noise).map(([name, { distribution }], index) => [
      noiseName(name),
      { distribution, index },
    ]),
  );
  const sharding = (own: Sharding) => own as BundledInput['sharding'];
  return {
    ...{ file, sha256: digest },
    inputs: inputs.map(({ attributes: { name }, dtype, shape }) => ({
      ...{ name, dtype, shape, sharding: sharding(layout.inputs[name]) },
      ...{ role: roleOf(name, takers, drawn), donatedTo: takers.get(name), ...drawn.get(name) },
    })),
    outputs: Object.entries(outputs).map(([name, { dtype, shape }]) => ({
      ...{ name, dtype, shape, sharding: sharding(layout.outputs[name]) },
      role: donate[name] !== undefined || name.startsWith('state/') ? 'state' : (ROLES[name] ?? 'metric'),
    })),
  };
}

const ROLES: Readonly<Record<string, 'loss' | 'prediction'>> = {
  loss: 'loss',
  frame: 'prediction',
  motion: 'prediction',
};

function roleOf(
  name: string,
  takers: ReadonlyMap<string, string>,
  drawn: ReadonlyMap<string, unknown>,
): BundledInput['role'] {
  if (takers.has(name)) return 'state';
  if (drawn.has(name)) return 'noise';
  if (name.startsWith('parameters/')) return 'parameter';
  return name === 'step' || name === 'learningRate' ? 'scalar' : 'batch';
}

/** How products of f32 are written: GPUs take TF32 for those that say nothing. */
export const operandPrecision = (precision: Precision): 'DEFAULT' | 'HIGHEST' =>
  precision === 'tf32' ? 'DEFAULT' : 'HIGHEST';
