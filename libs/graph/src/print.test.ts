import { expect, it } from 'vitest';
import {
  add,
  constant,
  gather,
  input,
  matmul,
  order,
  print,
  program,
  reduceSum,
  toGraphviz,
} from './index.ts';
import type { Tensor } from './index.ts';

const x = input('x', [4, 3]);
const w = input('w', [3, 2]);
const y = reduceSum(add(matmul(x, w), 1), 0);

it('prints a line a node', () => {
  const lines = [
    '%0 = input "x" : f32[4, 3]',
    '%1 = input "w" : f32[3, 2]',
    '%2 = matmul %0 %1 : f32[4, 2]',
    '%3 = constant 1 : f32[]',
    '%4 = add %2 %3 : f32[4, 2]',
    '%5 = reduceSum %4 axes=[0] : f32[2]',
  ];
  expect(print(program({ y }))).toBe([...lines, 'return y=%5'].join('\n'));
  expect(print({ y, x })).toBe([...lines, 'return y=%5, x=%0'].join('\n'));
  expect(print([y])).toBe([...lines, 'return 0=%5'].join('\n'));
});

it('shortens long constants', () => {
  const text = print([gather(x, constant([3, 2, 1, 0, 1, 2], [6], 'i32'))]);
  expect(text).toContain('%1 = constant [3, 2, 1, 0, ... 6 values] : i32[6]');
});

it('draws nodes and edges for Graphviz, with quotes escaped', () => {
  const named = input('a "b"', [1]);
  expect(toGraphviz({ sum: add(named, named) })).toBe(
    [
      'digraph {',
      '  node [shape=box, fontname="monospace"];',
      '  n0 [label="input \\"a \\\\\\"b\\\\\\"\\"\\nf32[1]"];',
      '  n1 [label="add\\nf32[1]"];',
      '  n0 -> n1;',
      '  n0 -> n1;',
      '  o0 [label="sum", shape=ellipse];',
      '  n1 -> o0;',
      '}',
    ].join('\n'),
  );
});

it('orders inputs before what uses them, each once, leaving out what no output needs', () => {
  add(y, 5);
  const sorted = order([y, x, y]);
  expect(new Set(sorted).size).toBe(sorted.length);
  const at = new Map<Tensor, number>(sorted.map((node, index) => [node, index]));
  for (const node of sorted)
    for (const operand of node.inputs) expect(at.get(operand)).toBeLessThan(at.get(node)!);
  expect(sorted.length).toBe(6);
});
