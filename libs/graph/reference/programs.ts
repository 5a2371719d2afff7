/**
 * Random programs for JAX: draws them and writes them to standard output, for programs.py to compute.
 */
import fc from 'fast-check';
import { arbitraryProgram } from '../src/arbitrary-programs.ts';
import type { RandomProgram } from '../src/arbitrary-programs.ts';
import { evaluate, order } from '../src/index.ts';

/** Nodes in the order of computation, which name their inputs by position; outputs likewise. */
function written({ outputs, feeds }: RandomProgram) {
  const nodes = order(outputs);
  const position = new Map(nodes.map((node, i) => [node, i]));
  return {
    feeds,
    nodes: nodes.map(({ op, inputs, attributes, shape, dtype }) => ({
      ...{ op, inputs: inputs.map((operand) => position.get(operand)), shape, dtype },
      attributes: 'value' in attributes ? { value: [...(attributes.value as Float64Array)] } : attributes,
    })),
    outputs: outputs.map((output) => position.get(output)),
  };
}

const programs = [true, false].flatMap((kinks) =>
  fc
    .sample(arbitraryProgram({ kinks }), { seed: 31, numRuns: 90 })
    .filter(({ outputs, feeds }) => evaluate(outputs, feeds).every((values) => values.every(Number.isFinite)))
    .map((program) => ({ kinks, ...written(program) })),
);
process.stdout.write(JSON.stringify(programs.filter(({ outputs }) => outputs.length > 0)));
