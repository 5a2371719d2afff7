/** A graph as text to read, and as a drawing for Graphviz. */
import { is } from './apply.ts';
import { formatShape } from './extents.ts';
import { order } from './order.ts';
import type { Program, Tensor } from './tensor.ts';

type Outputs = Program | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/**
 * One line a node, in the order of computation:
 * `%2 = matmul %0 %1 : f32[32, 10]`, and last `return loss=%7`.
 */
export function print(graph: Outputs): string {
  const outputs = namedOutputs(graph);
  const numbers = numbered(outputs);
  const lines = [...numbers].flatMap(([node, id]) => [
    `%${id} = ${describe(node, numbers)} : ${signature(node)}`,
    ...(is(node, 'scan') ? bodyOf(node) : []),
  ]);
  const results = outputs.map(([name, tensor]) => `${name}=%${numbers.get(tensor)}`);
  return [...lines, `return ${results.join(', ')}`].join('\n');
}

/** The graph in the DOT language: `dot -Tsvg`. */
export function toGraphviz(graph: Outputs): string {
  const outputs = namedOutputs(graph);
  const numbers = numbered(outputs);
  const lines = ['digraph {', '  node [shape=box, fontname="monospace"];'];
  for (const [node, id] of numbers) {
    const label = [node.op, attributesOf(node)].filter(Boolean).join(' ');
    lines.push(`  n${id} [label=${quote(`${label}\n${signature(node)}`)}];`);
    for (const operand of node.inputs) lines.push(`  n${numbers.get(operand)} -> n${id};`);
  }
  outputs.forEach(([name, tensor], index) => {
    lines.push(
      `  o${index} [label=${quote(name)}, shape=ellipse];`,
      `  n${numbers.get(tensor)} -> o${index};`,
    );
  });
  return [...lines, '}'].join('\n');
}

function namedOutputs(graph: Outputs): [string, Tensor][] {
  if (Array.isArray(graph)) return graph.map((tensor: Tensor, index) => [String(index), tensor]);
  return Object.entries(isProgram(graph) ? graph.outputs : (graph as Readonly<Record<string, Tensor>>));
}

function isProgram(graph: Outputs): graph is Program {
  return 'inputs' in graph && Array.isArray(graph.inputs);
}

function numbered(outputs: readonly [string, Tensor][]): Map<Tensor, number> {
  return new Map(order(outputs.map(([, tensor]) => tensor)).map((node, index) => [node, index]));
}

function describe(node: Tensor, numbers: ReadonlyMap<Tensor, number>): string {
  const operands = node.inputs.map((operand) => `%${numbers.get(operand)}`);
  return [node.op, ...operands, attributesOf(node)].filter(Boolean).join(' ');
}

function signature({ dtype, shape }: Tensor): string {
  return `${dtype}${formatShape(shape)}`;
}

function attributesOf(node: Tensor): string {
  if (is(node, 'input')) return JSON.stringify(node.attributes.name);
  if (is(node, 'constant')) return constantText(node.attributes.value);
  if (is(node, 'scan')) {
    const { steps, carries, scanned, reverse } = node.attributes.loop;
    return `steps=${steps} carries=${carries} scanned=${scanned} reverse=${reverse}`;
  }
  return Object.entries(node.attributes)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(' ');
}

/** The step, indented, with its own numbers. */
function bodyOf({ attributes: { loop } }: Tensor<'scan'>): string[] {
  return print(loop.outputs)
    .split('\n')
    .map((line) => `  ${line}`);
}

function constantText(value: ArrayLike<number>): string {
  if (value.length === 1) return String(value[0]);
  const shown = Array.from({ length: Math.min(value.length, 4) }, (_, i) => Number(value[i].toPrecision(6)));
  return `[${shown.join(', ')}${value.length > 4 ? `, ... ${value.length} values` : ''}]`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
