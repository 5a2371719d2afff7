/** What the Neuron compiler will say about a recipe, from its rules as data. Nothing is compiled. */
import { is, order, type OpName, type Program, type Tensor } from '@orrery/graph';
import { examine, legalize, type Finding, type NeuronTarget } from '@orrery/neuron';
import { workload, type WorkloadRequest } from './workload.ts';

export const programNames = ['train', 'encode', 'step'] as const;
export type ProgramName = (typeof programNames)[number];

export interface NeuronReport {
  readonly target: NeuronTarget;
  readonly family: string;
  /** Of the graph as the family makes it. */
  readonly programs: Readonly<Record<ProgramName, readonly Finding[]>>;
  /** Nodes that `legalize` leaves with a verdict of "warned" or "refused". */
  readonly remaining: Readonly<Record<ProgramName, readonly Finding[]>>;
}

export function neuronReport(request: WorkloadRequest, target: NeuronTarget): NeuronReport {
  const programs = workload(request);
  const each = <T>(of: (program: Program) => T) =>
    ({ train: of(programs.train), encode: of(programs.encode), step: of(programs.step) }) as const;
  return {
    ...{ target, family: request.family, programs: each((program) => examine(program, target)) },
    remaining: each((program) =>
      examine(legalize(program), target).filter(
        ({ verdict }) => verdict === 'warned' || verdict === 'refused',
      ),
    ),
  };
}

/** The primitives that a recipe needs, with how often each is there: what a machine for it must have. */
export function primitives(request: WorkloadRequest): Readonly<Partial<Record<OpName, number>>> {
  const programs = workload(request);
  const counts: Partial<Record<OpName, number>> = {};
  const count = (outputs: readonly Tensor[]): void => {
    for (const node of order(outputs)) {
      if (node.inputs.length > 0) counts[node.op] = (counts[node.op] ?? 0) + 1;
      if (is(node, 'scan')) count(node.attributes.loop.outputs);
    }
  };
  for (const name of programNames) count(Object.values(programs[name].outputs));
  return counts;
}
