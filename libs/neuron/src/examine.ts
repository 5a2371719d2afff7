/** What the Neuron compiler will say about a program, op by op. */
import { is, order, type DType, type OpName, type Program, type Tensor } from '@orrery/graph';
import { nodeRule, operandDType } from './nodes.ts';
import { verdicts, type NeuronTarget, type Rule } from './rule.ts';

/** Nodes of one op and dtype that one rule speaks of. */
export interface Finding extends Rule {
  readonly op: OpName;
  readonly dtype: DType;
  readonly count: number;
}

/**
 * Every node, those inside scans too.
 * @returns the worst verdict first, then by op
 */
export function examine(program: Program, target: NeuronTarget): Finding[] {
  const found = new Map<string, Finding>();
  for (const node of nodesOf([...program.inputs, ...Object.values(program.outputs)])) {
    const rule = nodeRule(node, target);
    const dtype = operandDType(node);
    const key = [node.op, dtype, rule.verdict, rule.why].join(' ');
    found.set(key, { op: node.op, dtype, ...rule, count: (found.get(key)?.count ?? 0) + 1 });
  }
  const severity = ({ verdict }: Finding) => -verdicts.indexOf(verdict);
  return [...found.values()].sort(
    (a, b) => severity(a) - severity(b) || compare(a.op, b.op) || compare(a.dtype, b.dtype),
  );
}

function nodesOf(outputs: readonly Tensor[]): Tensor[] {
  return order(outputs).flatMap((node) =>
    is(node, 'scan') ? [node, ...nodesOf(node.attributes.loop.outputs)] : [node],
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
