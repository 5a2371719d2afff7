import { add, constant, div, gradient, input, matmul, mean, mul, optimize, program, reshape, scan, select, softmax, sqrt, square, sub, transpose, withPrecision } from '@orrery/graph'; // prettier-ignore
import type { Program, Tensor } from '@orrery/graph';
import { feedsOf } from '@orrery/graph/testing';
import { jaxEnvironment } from '@orrery/python';
import { describe, expect, test } from 'vitest';
import { findComposites } from './composites.ts';
import { toStableHlo } from './lowering.ts';
import type { LoweringOptions } from './lowering.ts';
import { disagreements } from './node/against-reference.fixture.ts';

const environment = await jaxEnvironment();
const x = input('x', [2, 4, 8]);
const mask = constant([1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1], [4, 4], 'bool');
const [scale, bias, gain] = ['scale', 'bias', 'gain'].map((name) => input(name, [8]));
const kernels = ['query', 'key', 'value'].map((name) => input(name, [8, 8]));

// As the layers of libs/nn compute; libs/bundle tests those.
const last = (value: Tensor) => mean(value, -1, { keepDims: true });
const normal = (value: Tensor) => div(value, sqrt(add(last(square(value)), 1e-5)));
const before = (value: Tensor) => add(mul(normal(sub(value, last(value))), scale), bias);
const after = (value: Tensor) => mul(normal(value), gain);
function dotProductAttention(query: Tensor, key: Tensor, value: Tensor, seen?: Tensor): Tensor {
  const scores = matmul(mul(query, 0.35), transpose(key));
  return matmul(softmax(seen ? select(seen, scores, -1e30) : scores), value);
}

/** after(x + attention(before(x))), masked or not. */
function block(seen?: Tensor): Tensor {
  const y = before(x);
  // As linear layers do: rows of all positions.
  const project = (kernel: Tensor) => reshape(add(matmul(reshape(y, [-1, 8]), kernel), bias), y.shape);
  const [q, k, v] = kernels.map(project);
  return after(add(x, dotProductAttention(q, k, v, seen)));
}

function trained(seen?: Tensor): Program {
  const loss = mean(square(block(seen)));
  const parameters = [scale, bias, gain, ...kernels];
  const slopes = gradient(loss, parameters);
  return optimize(program({ loss, ...Object.fromEntries(slopes.map((slope, i) => [`slope ${i}`, slope])) }));
}

const found = ({ outputs }: Program) =>
  findComposites(Object.values(outputs)).map(({ name, operands, results }) => [
    name,
    operands.map(({ shape }) => shape.join('x')),
    results.length,
  ]);

describe('attention and norms are found', () => {
  test('in a forward pass, with one result each', () => {
    expect(found(optimize(program({ y: block(mask) })))).toEqual([
      ['orrery.layer_norm', ['2x4x8', '8', '8'], 1],
      ['orrery.attention', ['2x4x8', '2x4x8', '2x4x8', '4x4'], 1],
      ['orrery.rms_norm', ['2x4x8', '8'], 1],
    ]);
    expect(found(optimize(program({ y: block() })))[1][1]).toHaveLength(3);
  });

  test('in a training step, with what the backward pass reads of them', () => {
    const own = found(trained(mask));
    expect(own.map(([name]) => name)).toEqual(['orrery.layer_norm', 'orrery.attention', 'orrery.rms_norm']);
    expect(own.every(([, , results]) => (results as number) > 1)).toBe(true);
  });

  test('with products of 16 bits', () => {
    const narrow = optimize(withPrecision(trained(mask), 'bf16'));
    expect(found(narrow).map(([name]) => name)).toContain('orrery.attention');
  });

  test('not where a value from inside feeds an operand', () => {
    const scores = matmul(x, input('y', [2, 8, 4]));
    const value = matmul(scores, x); // needs the scores
    const y = dotProductAttention(x, x, value);
    expect(found(optimize(program({ y, scores })))).toHaveLength(1);
  });

  test('one inside the values of another, each with three operands', () => {
    const inner = input('inner', [2, 4, 8]);
    const value = dotProductAttention(inner, inner, inner);
    const nested = optimize(program({ y: dotProductAttention(x, x, value) }));
    const shapes = ['2x4x8', '2x4x8', '2x4x8'];
    expect(found(nested).map(([, operands]) => operands)).toEqual([shapes, shapes]);
  });
});

describe('the text', () => {
  test('names them, with attributes and a decomposition that equal ones share', () => {
    const y = before(before(x));
    const text = toStableHlo(program({ y }));
    const calls = text.match(/stablehlo\.composite .*/g)!;
    expect(calls).toHaveLength(2);
    expect(calls[0]).toContain('composite_attributes = {axis = 2 : i64, epsilon = 9.99999975e-6 : f32}');
    expect(text.match(/func\.func private @orrery\.layer_norm\.\d/g)).toEqual([
      'func.func private @orrery.layer_norm.0',
    ]);
    expect(toStableHlo(program({ y }), { composites: false })).not.toContain('composite');
  });

  test('of products over cut tokens has their axes, forward and backward, and merges none', () => {
    const graph = trained();
    const [{ operands: [stream] }] = findComposites(Object.values(graph.outputs)); // prettier-ignore
    const cut = toStableHlo(graph, {
      layout: {
        mesh: { sequence: 2 },
        inputs: {},
        outputs: {},
        values: new Map([[stream, [[], ['sequence'], []]]]),
      },
    });
    const products = (text: string, signature: string) => text.split(signature).length - 1;
    const [merged, spread] = ['(tensor<8x8xf32>, tensor<8x8xf32>)', '(tensor<2x4x8xf32>, tensor<8x8xf32>)'];
    expect(products(toStableHlo(graph), merged)).toBeGreaterThan(8);
    expect(products(cut, merged)).toBe(0);
    expect(products(cut, spread)).toBe(6);
    expect(products(cut, 'contracting_dims = [0, 1] x [0, 1]')).toBe(3);
  });

  const looped = () => {
    const { carry } = scan(
      ([state], [row]) => ({ carry: [after(add(state, row))] }),
      [x],
      [input('rows', [3, 8])],
    );
    return program({ last: carry[0] });
  };

  test('means what the graph does: forward, backward, in scans, in 16 bits, over devices', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const layout: LoweringOptions['layout'] = {
      mesh: { data: 2, sequence: 2 },
      inputs: {},
      outputs: {},
    };
    const whole = (graph: Program): LoweringOptions => ({
      layout: {
        ...layout,
        inputs: Object.fromEntries(graph.inputs.map((own) => [own.attributes.name, own.shape.map(() => [])])),
        outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, own]) => [name, own.shape.map(() => [])])), // prettier-ignore
        values: new Map(findComposites(Object.values(graph.outputs)).map(({ operands: [own] }) => [own, [['data'], ['sequence'], []]])), // prettier-ignore
      },
    });
    const graphs = [program({ y: block(mask) }), trained(mask), trained(), looped()];
    const cases = graphs.flatMap((graph, i) => {
      const feeds = feedsOf(graph, i);
      return [{}, whole(graph)].map((options) => ({ program: graph, feeds, options }));
    });
    const amounts = await disagreements(environment.python, cases);
    const wrong = amounts.flatMap((own, i) => Object.entries(own).filter(([, amount]) => !(amount < 20)).map(([name, amount]) => [i, name, amount])); // prettier-ignore
    expect(wrong).toEqual([]);
  });
});
