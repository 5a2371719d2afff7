import { bytesPerElement, input, is, order, program, rewrite } from '@orrery/graph';
import type { PrimitiveName, Program, Tensor } from '@orrery/graph';
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
