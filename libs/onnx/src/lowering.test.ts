import {
  add,
  constant,
  conv2d,
  div,
  full,
  input,
  mixedPrecision,
  mul,
  optimize,
  neg,
  pad,
  program,
  reduceSum,
  reverse,
  transpose,
  matmul,
  broadcastTo,
  evaluate,
} from '@orrery/graph';
import type { Loop, Program, Tensor, TypedArray } from '@orrery/graph';
import { disagreement, feedsOf, samples } from '@orrery/graph/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pythonEnvironment, runPython } from '@orrery/python';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lowerings } from './lowerings.ts';
import { toOnnx } from './lowering.ts';
import { disagreements } from './node/against-reference.ts';
import { createSession } from './node/create-session.ts';
import { carry, perceptronStep } from './perceptron.ts';

const x = input('x', [2, 3]);

describe('a program', () => {
  test('returns inputs, constants and the same tensor twice', async () => {
    const sum = add(x, 1);
    const graph = program({ same: x, filled: full([2, 2], 7), listed: constant([1, 2]), a: sum, b: sum });
    expect(await disagreements(graph, feedsOf(graph, 1))).toEqual({});
  });

  test('keeps inputs that nothing needs', async () => {
    const graph = program({ y: neg(x) }, [x, input('unused', [4])]);
    expect(await disagreements(graph, feedsOf(graph, 1))).toEqual({});
  });

  test("may give an output an input's name, and names that look like its own", async () => {
    const other = input('neg_1', [2, 3]);
    const graph = program({ x: add(neg(x), other), neg_1_2: neg(other), add_4: add(x, x) }, [x, other]);
    expect(await disagreements(graph, feedsOf(graph, 1))).toEqual({});
  });

  test('tells -0 from 0', async () => {
    const graph = program({ below: div(x, constant(-0)), above: div(x, constant(0)) });
    const session = await createSession(graph, { worker: false });
    const { below, above } = await session.run({ x: new Float32Array(6).fill(1) });
    await session.close();
    expect([below.data[0], above.data[0]]).toEqual([-Infinity, Infinity]);
  });

  test('is deeper than a call stack', async () => {
    let y: Tensor = x;
    for (let i = 0; i < 20000; i++) y = add(y, 0.5);
    expect(toOnnx(program({ y })).length).toBeGreaterThan(20000);
  });

  test('an input that is needed but not listed is named', () => {
    const graph: Program = { inputs: [], outputs: { y: neg(x) } };
    expect(() => toOnnx(graph)).toThrow('input "x" is needed but not listed');
  });

  test('an op without a row is named', () => {
    const rows = lowerings as Record<string, unknown>;
    const row = rows.neg;
    delete rows.neg;
    try {
      expect(() => toOnnx(program({ y: neg(x) }))).toThrow('op "neg" has no row in the table of lowerings');
    } finally {
      rows.neg = row;
    }
  });

  test('an output cannot end like a carried one', () => {
    expect(() => toOnnx(program({ 'y:next': neg(x) }))).toThrow('output "y:next"');
  });
});

test.each(['bf16', 'f16'] as const)(
  'mixed precision (%s) computes what the reference does',
  async (dtype) => {
    const step = optimize(mixedPrecision(perceptronStep(), dtype));
    // A sum that rounds the other way in one of them is a step of 16 bits away.
    const allowed = (dtype === 'bf16' ? 2 ** -7 : 2 ** -10) / 1e-5;
    const feeds = feedsOf(step, 2, { hidden: [-1, 1], head: [-1, 1] });
    const { first: _first, ones: _ones, ...outputs } = step.outputs;
    expect(await disagreements({ ...step, outputs }, feeds, { allowed })).toEqual({});
    const exact = evaluate(perceptronStep().outputs, feeds).loss[0];
    expect(evaluate(step.outputs, feeds).loss[0]).not.toBe(exact);
  },
);

describe('the fast form', () => {
  const text = (graph: Program) => new TextDecoder('latin1').decode(toOnnx(graph));

  test('a product of transposed matrices reads them as they are', () => {
    const a = input('a', [3, 2]);
    const file = text(program({ y: matmul(transpose(a), transpose(x)) }));
    expect(file).toContain('Gemm');
    expect(file).not.toContain('Transpose');
  });

  test('a wide left operand is transposed once for the products that share it', async () => {
    const [a, b, c] = [input('a', [3, 600]), input('b', [3, 520]), input('c', [3, 700])];
    const left = transpose(a);
    const graph = program({ y: matmul(left, b), z: matmul(left, c) });
    expect(text(graph)).not.toContain('Gemm');
    expect(text(graph).match(/Transpose/g)).toHaveLength(1);
    expect(await disagreements(graph, feedsOf(graph, 3))).toEqual({});
    const both = program({ y: matmul(left, transpose(input('d', [512, 3]))) });
    expect(await disagreements(both, feedsOf(both, 3))).toEqual({});
  });

  test('a product of many rows is one of blocks of rows, whatever is transposed', async () => {
    const [a, b, c] = [input('a', [1026, 512]), input('b', [512, 512]), input('c', [3, 1026])];
    const products = {
      plain: matmul(a, b),
      right: matmul(a, transpose(b)),
      left: matmul(transpose(c), input('d', [3, 512])),
      both: matmul(transpose(c), transpose(input('e', [512, 3]))),
    };
    for (const product of Object.values(products)) {
      const file = text(program({ y: product }));
      expect(file).toContain('Reshape');
      expect(file).not.toContain('Gemm');
    }
    const graph = program(products);
    expect(await disagreements(graph, feedsOf(graph, 3))).toEqual({});
    // Rows of an odd number stay together.
    expect(text(program({ y: matmul(input('f', [1027, 512]), transpose(b)) }))).toContain('Gemm');
  });

  test('an element-wise operator broadcasts by itself', () => {
    const row = input('row', [3]);
    expect(text(program({ y: mul(broadcastTo(row, [2, 3]), x) }))).not.toContain('Expand');
    // Here nothing else has the rows.
    expect(text(program({ y: mul(broadcastTo(row, [2, 3]), 2) }))).toContain('Expand');
  });

  test('a convolution over zeros between elements multiplies none of them', () => {
    const [g, kernel] = [input('g', [2, 3, 4, 4]), input('kernel', [3, 5, 3, 3])];
    const spread = pad(g, [0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 1, 1]);
    const file = text(program({ y: conv2d(spread, transpose(reverse(kernel, [2, 3]), [1, 0, 2, 3])) }));
    expect(file).toContain('ConvTranspose');
    expect(file).not.toMatch(/Pad|Slice|"\tTranspose/);
  });

  test('what a composed operator needs several times is in the file once', () => {
    const [image, kernel] = [input('image', [1, 2, 4, 4], 'f64'), input('kernel', [3, 2, 3, 3], 'f64')];
    const file = text(program({ y: conv2d(image, kernel, { padding: 1 }) }));
    // Field 4 of a node, its operator, with the number of its letters.
    expect(file.split('"\u0006MatMul')).toHaveLength(1 + 9);
    expect(file.split('"\u0003Pad')).toHaveLength(1 + 1);
  });
});

const [first, second] = [input('a', []), input('b', [])];
const exchange: Loop = {
  body: program({ nextA: second, nextB: first, seen: first }, [first, second]),
  carry: { nextA: 'a', nextB: 'b' },
  steps: 3,
};

describe('a loop', () => {
  const body = perceptronStep();
  const loop: Loop = { body, carry, steps: 5 };
  const stacked = { ...body, inputs: body.inputs.map((tensor) => scaled(tensor)) };
  const feeds = feedsOf(stacked, 3);

  /** The input of the loop, whose leading axis counts the steps where it is not carried. */
  function scaled(tensor: Tensor<'input'>): Tensor<'input'> {
    const { name } = tensor.attributes;
    return name in carry ? tensor : input(name, [5, ...tensor.shape], tensor.dtype);
  }

  /** What the reference, or single runs, return when asked five times. */
  async function unrolled(
    once: (feeds: Record<string, TypedArray>) => Promise<Record<string, TypedArray>>,
  ): Promise<Record<string, number[]>> {
    const state: Record<string, TypedArray> = { ...feeds };
    const result: Record<string, number[]> = { loss: [], first: [], ones: [] };
    for (let step = 0; step < 5; step++) {
      const part = (name: string, size: number) => feeds[name].slice(step * size, (step + 1) * size);
      const outputs = await once({ ...state, x: part('x', 18), target: part('target', 12) });
      for (const name of Object.keys(carry)) state[name] = outputs[name];
      for (const name of ['loss', 'first', 'ones']) result[name].push(...outputs[name]);
    }
    for (const name of Object.keys(carry)) result[name] = [...state[name]];
    return result;
  }

  const run = async () => {
    const session = await createSession(loop, { worker: false, threads: 1 });
    try {
      return await session.run(feeds);
    } finally {
      await session.close();
    }
  };

  test('of K training steps is K single ones, to the bit', async () => {
    const session = await createSession(body, { worker: false, threads: 1 });
    const single = await unrolled(async (fed) =>
      Object.fromEntries(Object.entries(await session.run(fed)).map(([name, { data }]) => [name, data])),
    );
    await session.close();
    const once = await run();
    expect(Object.fromEntries(Object.entries(once).map(([name, { data }]) => [name, [...data]]))).toEqual(
      single,
    );
    expect(once.loss.shape).toEqual([5]);
    expect(once.first).toMatchObject({ shape: [5, 6, 2], dtype: 'bool' });
    expect(once.hidden.shape).toEqual([3, 5]);
  });

  test('of K training steps is what the reference computes, and the loss falls', async () => {
    const reference = await unrolled(async (fed) => evaluate(body.outputs, fed));
    const once = await run();
    for (const [name, { data, dtype }] of Object.entries(once)) {
      expect([name, disagreement(data, Float64Array.from(reference[name]), dtype) < 1]).toEqual([name, true]);
    }
    // Nothing here would fail if the parameters stood still.
    expect([...once.hidden.data]).not.toEqual([...feeds.hidden]);
  });

  test('exchanges two values', async () => {
    const session = await createSession(exchange, { worker: false });
    const { nextA, nextB, seen } = await session.run({ a: Float32Array.of(1), b: Float32Array.of(2) });
    await session.close();
    expect([[...nextA.data], [...nextB.data], [...seen.data]]).toEqual([[2], [1], [1, 2, 1]]);
  });

  test('may have names that look like those in its body', async () => {
    const names = ['step/x', 'x', 'neg_1', ':steps', 'step/:steps'];
    const inputs = names.map((name) => input(name, []));
    const outputs = Object.fromEntries(names.map((name, i) => [`${name}'`, neg(inputs[i])]));
    const loopOf = (carried: Record<string, string>): Loop => ({
      body: program(outputs, inputs),
      carry: carried,
      steps: 1,
    });
    for (const carried of [{ "x'": 'x' }, Object.fromEntries(names.map((name) => [`${name}'`, name]))]) {
      const session = await createSession(loopOf(carried), { worker: false });
      const results = await session.run(
        Object.fromEntries(names.map((name, i) => [name, Float32Array.of(i)])),
      );
      await session.close();
      expect(names.map((name) => results[`${name}'`].data[0])).toEqual([-0, -1, -2, -3, -4]);
    }
  });

  test('sums what it is given: 1 + 2 + ... + 100', async () => {
    const [sum, term] = [input('sum', [], 'i32'), input('term', [], 'i32')];
    const session = await createSession(
      { body: program({ sum: add(sum, term) }, [term, sum]), carry: { sum: 'sum' }, steps: 100 },
      { worker: false },
    );
    const terms = Int32Array.from({ length: 100 }, (_, i) => i + 1);
    const total = await session.run({ sum: Int32Array.of(0), term: terms });
    await session.close();
    expect([...total.sum.data]).toEqual([5050]);
  });

  const [a, b] = [input('a', [2]), input('b', [3])];
  const small = program({ sum: reduceSum(b), same: a, whole: constant([1, 2], [2], 'i32') }, [a, b]);
  test.each<[string, Partial<Loop>, string]>([
    ['unknown output', { carry: { lost: 'a' } }, 'no output "lost"; it has "sum", "same", "whole"'],
    ['unknown input', { carry: { same: 'lost' } }, 'no input "lost"; it has "a", "b"'],
    ['inherited name', { carry: { toString: 'a' } }, 'no output "toString"'],
    ['another shape', { carry: { sum: 'b' } }, 'carry "sum" to "b": f32 [] is no f32 [3]'],
    ['another dtype', { carry: { whole: 'a' } }, 'carry "whole" to "a": i32 [2] is no f32 [2]'],
    ['an input twice', { carry: { same: 'a', whole: 'a' } }, 'another output is carried to "a"'],
    ['no steps', { steps: 0 }, '0 steps'],
    ['half steps', { steps: 1.5 }, '1.5 steps'],
  ])('%s: the error names it', (_, change, message) => {
    expect(() => toOnnx({ body: small, carry: {}, steps: 2, ...change })).toThrow(message);
  });
});

describe('onnx.checker', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-onnx-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('accepts what is lowered, and infers the shapes that the graph has', async (context) => {
    const environment = await pythonEnvironment();
    if ('skipped' in environment) return context.skip(environment.skipped);
    const graphs: [string, Program | Loop][] = [
      ['loop', { body: perceptronStep(), carry, steps: 5 }],
      ['step', perceptronStep()],
      ['uncounted', exchange],
    ];
    for (const [op, arbitrary] of Object.entries(samples)) {
      const drawn = fc.sample(arbitrary, { seed: 2, numRuns: 6 });
      drawn.forEach(({ output }, i) => graphs.push([`${op}-${i}`, program({ y: output })]));
    }
    const files = graphs.map(([name]) => join(folder, `${name}.onnx`));
    await Promise.all(graphs.map(([name, graph], i) => writeFile(files[i], toOnnx(graph, { name }))));
    const check = [
      'import onnx, sys',
      'for file in sys.argv[1:]:',
      '    model = onnx.load(file)',
      '    try: onnx.checker.check_model(model, full_check=True)',
      '    except Exception as error: raise SystemExit(f"{file}: {error}")',
      '    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)',
      'print(len(sys.argv) - 1, model.producer_name, model.graph.name)',
    ].join('\n');
    const answer = await runPython(environment.python, '-c', [check, ...files]);
    expect(answer).toBe(`${files.length} orrery ${graphs.at(-1)![0]}\n`);
  }, 240_000);
});
