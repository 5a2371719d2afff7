import { apply, bytesPerElement, concat, elementwiseOps, input, is, isFloat, order, program, reduceMax, reshape, rewrite } from '@orrery/graph'; // prettier-ignore
import type { DType, PrimitiveName, Program, Tensor } from '@orrery/graph';
import { arbitraryProgram, feedsOf, samples } from '@orrery/graph/testing';
import type { Range, Sample } from '@orrery/graph/testing';
import { jaxEnvironment } from '@orrery/python';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { disagreements } from './node/against-reference.fixture.ts';
import type { Case } from './node/against-reference.fixture.ts';
import { lowerings } from './lowerings.ts';

const names = Object.keys(samples) as PrimitiveName[];
const environment = await jaxEnvironment();

test('each op has a row', () => {
  expect(Object.keys(lowerings).sort()).toEqual([...names].sort());
});

/** Many graphs as one program, which compiles sooner: names of inputs and outputs begin with the graph's number. */
function joined(graphs: readonly (readonly Tensor[])[]): Program {
  const outputs = graphs.flatMap((own, i) => {
    const rename = (node: Tensor) =>
      is(node, 'input') ? input(`${i}/${node.attributes.name}`, node.shape, node.dtype) : node;
    return rewrite(own, rename).map((output, k) => [`${i}/${k}`, output] as const);
  });
  return program(Object.fromEntries(outputs));
}

/** The record of each, as `joined` names what is in them. */
function numbered<T>(records: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  return Object.fromEntries(
    records.flatMap((own, i) => Object.entries(own).map(([name, value]) => [`${i}/${name}`, value] as const)),
  );
}

function joinedSamples(drawn: readonly Sample[], seed: number): Case {
  const whole = joined(drawn.map(({ output }) => [output]));
  return { program: whole, feeds: feedsOf(whole, seed, numbered<Range>(drawn.map(({ ranges }) => ranges))) };
}

/** 16 bits: a scan rounds in each step. */
const isNarrowScan = (name: string, { output }: Sample) =>
  name === 'scan' && bytesPerElement(output.dtype) === 2;

describe('XLA agrees with the reference evaluator', () => {
  const runs = (name: PrimitiveName) => (name === 'conv2d' ? 40 : 14);

  test('on every op', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const drawn = names.map((name) => fc.sample(samples[name], { seed: 1, numRuns: runs(name) }));
    const cases = drawn.map((some, i) => joinedSamples(some, i));
    const amounts = await disagreements(environment.python, cases);
    const wrong = names.flatMap((name, i) =>
      drawn[i].flatMap((sample, k) => {
        const amount = amounts[i][`${k}/0`];
        return amount <= (isNarrowScan(name, sample) ? 8 : 1)
          ? []
          : [`${name} ${k} ${sample.output.dtype}: ${amount}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('on scans that are written out', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const drawn = fc
      .sample(samples.scan, { seed: 2, numRuns: 20 })
      .filter((sample) => !isNarrowScan('scan', sample));
    const whole = joinedSamples(drawn, 2);
    const [amounts] = await disagreements(environment.python, [{ ...whole, options: { scan: 'unrolled' } }]);
    expect(Object.values(amounts).filter((amount) => amount > 1)).toEqual([]);
    expect(drawn.length).toBeGreaterThan(5);
  });

  test('on random programs', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const drawn = fc
      .sample(arbitraryProgram({ kinks: true }), { seed: 3, numRuns: 110 })
      .filter(({ outputs }) => outputs.length > 0);
    expect(drawn.length).toBeGreaterThan(100);
    const feeds = numbered(drawn.map((own) => mapValues(own.feeds, (values) => Float64Array.from(values))));
    const [amounts] = await disagreements(environment.python, [
      { program: joined(drawn.map(({ outputs }) => outputs)), feeds },
    ]);
    // 1e-12 times 100: errors of single ops add up.
    expect(Object.entries(amounts).filter(([, amount]) => amount > 100)).toEqual([]);
  });

  test('where values are not finite, signed zeros, or the ends of integers', async (context) => {
    if ('skipped' in environment) return context.skip(environment.skipped);
    const binary = new Set<string>(['add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'equal', 'less', 'lessEqual', 'and', 'or']); // prettier-ignore
    const real = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 2.5, -2.5, 3, 1e30, -1e30, 1e-30];
    const ends: Partial<Record<DType, readonly number[]>> = {
      ...{ f32: real, f64: real },
      i32: [0, 1, -1, 2, -7, 7, 2 ** 31 - 1, -(2 ** 31), 65_536, -65_537],
      u32: [0, 1, 2, 7, 2 ** 31, 2 ** 32 - 1, 65_536],
    };
    const cases = Object.entries(ends).map(([name, list]) => {
      const dtype = name as DType;
      const [a, b] = [input('a', [list.length, 1], dtype), input('b', [1, list.length], dtype)];
      const outputs = [...elementwiseOps].flatMap((op) => {
        if (op === 'select' || op === 'cast') return [];
        try {
          return [[op, apply(op as 'add', binary.has(op) ? [a, b] : [a], {})] as const];
        } catch {
          return []; // not of this dtype
        }
      });
      const largest = reduceMax(concat([a, reshape(b, a.shape)], 1), [1]);
      const graph = program({ ...Object.fromEntries(outputs), reduceMax: largest }, [a, b]);
      const values = dtype === 'u32' ? Uint32Array.from(list) : dtype === 'i32' ? Int32Array.from(list) : Float64Array.from(list); // prettier-ignore
      // Of a whole number by zero each back end has a result of its own.
      const divisors = isFloat(dtype) ? values : values.map((value) => (value === 0 ? 3 : value));
      return { program: graph, feeds: { a: values, b: divisors } };
    });
    const amounts = await disagreements(environment.python, cases);
    const wrong = amounts.flatMap((own, i) =>
      Object.entries(own)
        .filter(([, amount]) => !(amount < 4))
        .map(([name, amount]) => `${Object.keys(ends)[i]} ${name}: ${amount}`),
    );
    expect(wrong).toEqual([]);
    expect(amounts.map((own) => Object.keys(own).length).every((count) => count > 8)).toBe(true);
  });

  test('samples hold the op that they are for', () => {
    for (const name of names) {
      const drawn = fc.sample(samples[name], { seed: 1, numRuns: 40 });
      const holds = ({ output }: { output: Tensor }) => order([output]).some(({ op }) => op === name);
      expect(drawn.filter(holds).length).toBeGreaterThan(10);
    }
  });
});

function mapValues<A, B>(record: Readonly<Record<string, A>>, convert: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));
}
