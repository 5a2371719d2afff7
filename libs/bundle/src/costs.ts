/** What the programs of a bundle cost, from their graphs. */
import { cost, donatedPeak, memory, trainingCost, type Program, type Tensor } from '@orrery/graph';
import type { RecordedPlan } from '@orrery/train';
import type { Flops } from './manifest.ts';

export interface Loss {
  readonly loss: Tensor;
  /** Those that are learned. */
  readonly parameters: readonly Tensor[];
}

export function costsOf(
  { run, training }: Pick<RecordedPlan, 'run' | 'training'>,
  programs: Readonly<Record<'train' | 'encode' | 'step', Program>>,
  { loss, parameters }: Loss,
  { precision, stateBytes }: { readonly precision: Flops['precision']; readonly stateBytes: number },
): Flops {
  const { forward, modelFlops } = trainingCost(loss, parameters);
  const of = (graph: Program) => {
    const { matrixFlops, flops, bytes } = cost(graph);
    return { matrixFlops, flops, bytes };
  };
  return {
    ...{ format: 'orrery.flops', version: 1, precision, batch: training.batch },
    train: { ...of(programs.train), modelFlops, forwardFlops: forward.matrixFlops },
    ...{ encode: of(programs.encode), step: of(programs.step) },
    parameters: run.parameters,
    memory: {
      ...{ state: stateBytes, activations: memory(programs.train).intermediates },
      peak: donatedPeak(programs.train),
    },
  };
}
