/** Random programs against JAX: reference/programs.py computed what reference/programs.ts drew. */
import { describe, expect, it } from 'vitest';
import { add, apply, constant, evaluate, gradient, input, is, mul, optimize, order, reduceSum, size, tanh } from './index.ts'; // prettier-ignore
import type { DType, OpAttributes, PrimitiveName, Shape, Tensor } from './index.ts';
import drawn from '../reference/programs.json' with { type: 'json' };

interface Written {
  readonly kinks: boolean;
  readonly feeds: Readonly<Record<string, number[]>>;
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly number[];
    readonly attributes: object;
    readonly shape: Shape;
    readonly dtype: DType;
  }[];
  readonly outputs: readonly number[];
  readonly values: readonly number[][];
  /** Of the sum over outputs, k-th, of tanh(output) * wave(size, k); by input. */
  readonly gradients?: Readonly<Record<string, number[]>>;
}
const programs = drawn as unknown as Written[];

function read({ nodes, outputs }: Written): Tensor[] {
  const tensors: Tensor[] = [];
  for (const { op, inputs, attributes, shape, dtype } of nodes) {
    if (op === 'input') tensors.push(input((attributes as OpAttributes['input']).name, shape, dtype));
    else if (op === 'constant') tensors.push(constant((attributes as { value: number[] }).value, shape, dtype));
    else tensors.push(apply(op as PrimitiveName, inputs.map((i) => tensors[i]), attributes as never)); // prettier-ignore
    expect([tensors.at(-1)!.shape, tensors.at(-1)!.dtype]).toEqual([shape, dtype]);
  }
  return outputs.map((i) => tensors[i]);
}

const wave = (count: number, k: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(1 + 2.399963 * i + 7.1 * k));

/** To 1e-10 of the size of what is compared. */
function expectClose(actual: ArrayLike<number>, wanted: readonly number[]): void {
  expect(actual.length).toBe(wanted.length);
  const scale = 1 + Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(1e-10 * scale));
}

describe('JAX', () => {
  it('computes the same values, of programs as written and optimized', () => {
    expect(programs.length).toBeGreaterThan(100);
    expect(new Set(programs.flatMap(({ nodes }) => nodes.map(({ op }) => op))).size).toBeGreaterThan(38);
    for (const program of programs) {
      const outputs = read(program);
      for (const graph of [outputs, optimize(outputs)]) {
        evaluate(graph, program.feeds).forEach((values, i) => expectClose(values, program.values[i]));
      }
    }
  });

  it('has the same gradients', () => {
    const smooth = programs.filter(({ gradients }) => gradients !== undefined);
    expect(smooth.length).toBeGreaterThan(50);
    for (const program of smooth) {
      const outputs = read(program);
      const terms = outputs.map((output, k) =>
        reduceSum(mul(tanh(output), constant(wave(size(output.shape), k), output.shape, 'f64'))),
      );
      const wrt = order(outputs).filter((node) => is(node, 'input'));
      const slopes = gradient(
        terms.reduce((a, b) => add(a, b)),
        wrt,
      );
      evaluate(slopes, program.feeds).forEach((values, i) => {
        expectClose(values, program.gradients![wrt[i].attributes.name]);
      });
    }
  });
});
