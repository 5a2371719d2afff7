import { allDTypes, apply, constant, input, type DType, type OpName, type Tensor } from '@orrery/graph';
import { describe, expect, test } from 'vitest';
import { examine, features, neuronTargets, nodeRule, opRule, operandDType } from './index.ts';
import { opRules } from './ops.ts';

const x = (dtype: DType) => input('x', [2, 2], dtype);
const picture = (name: string, dtype: DType) => input(name, [1, 1, 4, 4], dtype);
const indices = input('indices', [2], 'i32');

/** A node of each op whose data have the dtype; throws where the graph refuses such a node. */
const samples: Readonly<Record<OpName, (dtype: DType) => Tensor>> = {
  input: x,
  constant: (dtype) => constant(1, [2], dtype),
  ...Object.fromEntries(
    (
      [
        ...(['neg', 'exp', 'log', 'sqrt', 'tanh', 'sigmoid', 'sin', 'cos', 'abs'] as const),
        ...(['sign', 'floor', 'not', 'stopGradient'] as const),
      ] as const
    ).map((op) => [op, (dtype: DType) => apply(op, [x(dtype)], {})]),
  ),
  ...Object.fromEntries(
    (
      [
        ...(['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'equal', 'less'] as const),
        ...(['lessEqual', 'and', 'or', 'matmul'] as const),
      ] as const
    ).map((op) => [op, (dtype: DType) => apply(op, [x(dtype), x(dtype)], {})]),
  ),
  select: (dtype) => apply('select', [x('bool'), x(dtype), x(dtype)], {}),
  cast: (dtype) => apply('cast', [x(dtype)], { dtype: 'f32' }),
  reshape: (dtype) => apply('reshape', [x(dtype)], { shape: [4] }),
  transpose: (dtype) => apply('transpose', [x(dtype)], { permutation: [1, 0] }),
  broadcast: (dtype) => apply('broadcast', [x(dtype)], { shape: [3, 2, 2] }),
  concat: (dtype) => apply('concat', [x(dtype), x(dtype)], { axis: 0 }),
  slice: (dtype) => apply('slice', [x(dtype)], { start: [0, 0], limit: [1, 1], stride: [1, 1] }),
  pad: (dtype) => apply('pad', [x(dtype)], { low: [0, 0], high: [1, 1], interior: [0, 0] }),
  reverse: (dtype) => apply('reverse', [x(dtype)], { axes: [0] }),
  reduceSum: (dtype) => apply('reduceSum', [x(dtype)], { axes: [0] }),
  reduceMax: (dtype) => apply('reduceMax', [x(dtype)], { axes: [0] }),
  conv2d: (dtype) =>
    apply('conv2d', [picture('x', dtype), picture('kernel', dtype)], {
      ...{ stride: [1, 1], dilation: [1, 1] },
      padding: [
        [1, 1],
        [1, 1],
      ],
    }),
  gather: (dtype) => apply('gather', [x(dtype), indices], { axis: 0 }),
  scatterAdd: (dtype) => apply('scatterAdd', [indices, x(dtype)], { axis: 0, size: 3 }),
  scan: (dtype) => {
    if (!['f32', 'f16', 'bf16', 'f64'].includes(dtype)) throw new Error('scans are of floats');
    const carry = x(dtype);
    const loop = { inputs: [carry], outputs: [carry], carries: 1, scanned: 0, steps: 2, reverse: false };
    return apply('scan', [x(dtype)], { loop });
  },
} as Record<OpName, (dtype: DType) => Tensor>;

function sample(op: OpName, dtype: DType): Tensor | undefined {
  try {
    return samples[op](dtype);
  } catch {
    return undefined;
  }
}

describe.each(neuronTargets)('%s', (target) => {
  test.each(Object.keys(samples) as OpName[])('%s has a row for each dtype that the graph accepts', (op) => {
    for (const dtype of allDTypes) {
      const node = sample(op, dtype);
      expect([dtype, opRule(op, dtype, target) !== undefined]).toEqual([dtype, node !== undefined]);
      if (!node) continue;
      expect(operandDType(node)).toBe(dtype);
      expect(nodeRule(node, target).why.length).toBeGreaterThan(5);
    }
  });
});

test('every op of the graph is in the table, and in the samples', () => {
  expect(Object.keys(opRules).sort()).toEqual(Object.keys(samples).sort());
});

test('no 64-bit float is accepted as it is', () => {
  for (const row of Object.values(opRules)) {
    if (row.f64) expect(row.f64).toMatchObject({ verdict: 'rewritten' });
  }
});

test('each rule links to where it is written; a code links to its own page', () => {
  const rules = [
    ...Object.values(opRules).flatMap((row) =>
      Object.values(row).flatMap((c) => ('verdict' in c ? [c] : Object.values(c))),
    ),
    ...features.flatMap(({ rules }) => Object.values(rules)),
  ];
  for (const { link, code } of rules) {
    expect(link).toMatch(/^https:\/\/(awsdocs-neuron\.readthedocs-hosted\.com|github\.com\/aws-neuron)\//);
    if (code !== undefined) {
      expect(code).toMatch(/^NCC_E[A-Z]{3}\d{3}$/);
      expect(link).toMatch(new RegExp(`/error-codes/${code.slice(4)}\\.html$`));
    }
  }
  expect(new Set(features.map(({ name }) => name)).size).toBe(features.length);
});

test('examine counts, and puts the worst first', () => {
  const a = input('a', [2, 2], 'f64');
  const b = apply('or', [input('p', [2], 'bool'), input('q', [2], 'bool')], {});
  const power = apply('pow', [input('c', [2]), input('d', [2])], {});
  const square = apply('pow', [input('e', [2]), constant(2)], {});
  const found = examine({ inputs: [], outputs: { a: apply('neg', [a], {}), b, power, square } }, 'trn2');
  expect(found.map(({ op, dtype, verdict, count }) => [op, dtype, verdict, count])).toEqual([
    ['pow', 'f32', 'warned', 1],
    ['input', 'f64', 'rewritten', 1],
    ['neg', 'f64', 'rewritten', 1],
    ['or', 'bool', 'rewritten', 1],
    ['constant', 'f32', 'accepted', 1],
    ['input', 'bool', 'accepted', 2],
    ['input', 'f32', 'accepted', 3],
    ['pow', 'f32', 'accepted', 1],
  ]);
});
