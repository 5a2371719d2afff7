import {
  add,
  constant,
  conv2d,
  div,
  full,
  input,
  matmul,
  mul,
  neg,
  program,
  reduceSum,
  scan,
  tanh,
} from '@orrery/graph';
import type { Program, Tensor } from '@orrery/graph';
import { feedsOf } from '@orrery/graph/testing';
import { jaxEnvironment } from '@orrery/python';
import { describe, expect, test } from 'vitest';
import { disagreements } from './node/against-reference.fixture.ts';
import { toStableHlo } from './lowering.ts';
import type { Layout, LoweringOptions } from './lowering.ts';
import { lowerings } from './lowerings.ts';
import type { Partitioner } from './sharding.ts';

const environment = await jaxEnvironment();
const x = input('x', [2, 3]);

describe('a program', () => {
  test('is text of a module with one argument and one result a line', () => {
    const y = add(matmul(x, input('w', [3, 4])), 1);
    expect(toStableHlo(program({ y }), { name: 'a b' })).toBe(`\
module @a_b attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(
      %arg0: tensor<2x3xf32>,
      %arg1: tensor<3x4xf32>
    ) -> (
      tensor<2x4xf32> {jax.result_info = "y"}
    ) {
    %0 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %1 = stablehlo.constant dense<0x3F800000> : tensor<f32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %3 = stablehlo.add %0, %2 : tensor<2x4xf32>
    return %3 : tensor<2x4xf32>
  }
}
`);
  });

  test('returns inputs, constants, infinities and the same tensor twice', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const sum = add(x, 1);
    const outputs = {
      ...{ same: x, filled: full([2, 2], 7), listed: constant([1, 2]), a: sum, b: sum },
      ...{
        flags: constant([1, 0, 0, 1], [2, 2], 'bool'),
        below: div(x, constant(-0)),
        none: full([2], -Infinity),
      },
    };
    const graph = program(outputs, [x, input('unused', [4])]);
    const feeds = { ...feedsOf(graph, 1), x: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const [amounts] = await disagreements(environment.python, [{ program: graph, feeds }]);
    expect(Object.entries(amounts).filter(([, amount]) => amount > 1)).toEqual([]);
  });

  test('a constant of zeros keeps their signs', () => {
    const text = toStableHlo(program({ mixed: constant([0, -0]), same: constant([-0, -0]) }));
    expect(text).toContain('dense<"0x0000000000000080"> : tensor<2xf32>');
    expect(text).toContain('dense<0x80000000> : tensor<2xf32>');
  });

  test('is deeper than a call stack', () => {
    let y: Tensor = x;
    for (let i = 0; i < 20000; i++) y = add(y, 0.5);
    expect(toStableHlo(program({ y })).length).toBeGreaterThan(20000);
  });

  test('sums 16 bits in 32', () => {
    const narrow = input('n', [4, 4], 'bf16');
    const text = toStableHlo(program({ y: matmul(narrow, narrow), s: reduceSum(narrow) }));
    expect(text).toContain('(tensor<4x4xbf16>, tensor<4x4xbf16>) -> tensor<4x4xf32>');
    expect(text).toContain('(tensor<4x4xf32>, tensor<f32>) -> tensor<f32>');
  });

  test('products of f32 ask for f32, where tensor cores would round the factors', () => {
    const products = (dtype: 'f32' | 'f64' | 'bf16') => {
      const image = input('image', [1, 2, 4, 4], dtype);
      const kernel = input('kernel', [3, 2, 2, 2], dtype);
      const square = input('square', [4, 4], dtype);
      return program({ convolved: conv2d(image, kernel), product: matmul(square, square) });
    };
    const exact = [
      'precision = [HIGHEST, HIGHEST]',
      'precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]',
    ];
    for (const part of exact) {
      expect(toStableHlo(products('f32'))).toContain(part);
      expect(toStableHlo(products('f32'), { precision: 'DEFAULT' })).toContain(
        part.replaceAll('HIGHEST', 'DEFAULT'),
      );
    }
    for (const dtype of ['f64', 'bf16'] as const)
      expect(toStableHlo(products(dtype))).not.toContain('precision');
    // In the steps of a scan too.
    const { carry } = scan(
      ([sum], [row]) => ({ carry: [matmul(sum, row)] }),
      [x],
      [input('rows', [2, 3, 3])],
    );
    expect(toStableHlo(program({ last: carry[0] }))).toContain(exact[0]);
  });

  test('an input that is needed but not listed is named', () => {
    const graph: Program = { inputs: [], outputs: { y: neg(x) } };
    expect(() => toStableHlo(graph)).toThrow('input "x" is needed but not listed');
  });

  test('an op without a row is named', () => {
    const rows = lowerings as Record<string, unknown>;
    const row = rows.neg;
    delete rows.neg;
    try {
      expect(() => toStableHlo(program({ y: neg(x) }))).toThrow(
        'op "neg" has no row in the table of lowerings',
      );
    } finally {
      rows.neg = row;
    }
  });
});

describe('donation', () => {
  const graph = program({ loss: reduceSum(x), next: mul(x, 2) });

  test('an argument says whose place it gives up', () => {
    const text = toStableHlo(graph, { donate: { next: 'x' } });
    expect(text).toContain('%arg0: tensor<2x3xf32> {tf.aliasing_output = 1 : i32}');
  });

  test.each<[string, Program, Record<string, string>, string]>([
    ['unknown input', graph, { next: 'z' }, 'the program has no such input'],
    ['unknown output', graph, { z: 'x' }, 'the program has no such output'],
    ['another shape', graph, { loss: 'x' }, 'f32 [] does not fit into f32 [2, 3]'],
    ['an input twice', program({ a: neg(x), b: x }), { a: 'x', b: 'x' }, 'another output has it already'],
  ])('%s: the error names it', (_, of, donate, message) => {
    expect(() => toStableHlo(of, { donate })).toThrow(message);
  });
});

describe('over eight devices', () => {
  const [w, v] = [input('w', [16, 8]), input('v', [8, 4])];
  const rows = input('rows', [8, 16]);
  const hidden = tanh(matmul(rows, w));
  const { carry } = scan(([sum], [row]) => ({ carry: [add(sum, row)] }), [full([4], 0)], [matmul(hidden, v)]);
  const graph = program({ loss: reduceSum(carry[0]), next: mul(w, 0.5), hidden });
  const mesh = { data: 2, fsdp: 2, tensor: 2 };
  const layouts: Record<string, Pick<Layout, 'inputs' | 'outputs' | 'gathered'>> = {
    data: {
      inputs: { rows: [['data', 'fsdp', 'tensor'], []] },
      outputs: { loss: [], hidden: [['data'], []] },
    },
    'fully sharded': {
      inputs: { rows: [['data', 'fsdp'], []], w: [['fsdp', 'tensor'], []], v: [['fsdp'], []] },
      outputs: { next: [['fsdp', 'tensor'], []] },
      gathered: { w: [[], []], v: [[], []] },
    },
    tensor: {
      inputs: { rows: [['data'], []], w: [[], ['tensor']], v: [['tensor'], []] },
      outputs: { next: [[], ['tensor']], hidden: [['data'], ['tensor']] },
    },
  };
  const settled = (own: (typeof layouts)[string], partitioner: Partitioner): LoweringOptions => ({
    layout: {
      ...{ mesh, partitioner, gathered: own.gathered },
      // XLA takes arguments as they are annotated, and those that are not as a whole.
      inputs: { rows: [[], []], w: [[], []], v: [[], []], ...own.inputs },
      outputs: { loss: [], next: [[], []], hidden: [[], []], ...own.outputs },
    },
  });

  test.for(['shardy', 'gspmd'] as const)('%s computes what one device does', async (partitioner, context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const feeds = feedsOf(graph, 5);
    const cases = Object.values(layouts).map((own) => ({
      program: graph,
      feeds,
      options: settled(own, partitioner),
    }));
    const amounts = await disagreements(environment.python, cases);
    amounts.forEach((own) => expect(Object.values(own).filter((amount) => !(amount < 2))).toEqual([]));
  });

  test('GSPMD is told where the devices are', () => {
    const text = toStableHlo(graph, settled(layouts.tensor, 'gspmd'));
    expect(text).toContain(
      'tensor<16x8xf32> {mhlo.sharding = "{devices=[1,2,4]<=[2,2,2]T(2,0,1) last_tile_dim_replicate}"}',
    );
  });

  test.each<[string, Partial<Layout>, string]>([
    ['an unknown axis', { inputs: { w: [['pipeline'], []] } }, 'input "w": the mesh has no axis "pipeline"'],
    ['an axis twice', { inputs: { w: [['data'], ['data']] } }, 'an axis cuts two dimensions'],
    [
      'a dimension that does not divide',
      { mesh: { data: 3 }, inputs: { w: [['data'], []] } },
      'no multiple of 3 (data)',
    ],
    ['too few dimensions', { outputs: { next: [[]] } }, 'a sharding of 1 dimensions for [16, 8]'],
    ['an unknown array', { outputs: { other: [] } }, 'names output "other"'],
  ])('%s: the error names it', (_, change, message) => {
    const layout = { mesh, inputs: {}, outputs: {}, ...change };
    expect(() => toStableHlo(graph, { layout })).toThrow(message);
  });
});
