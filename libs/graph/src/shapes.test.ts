import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  abs,
  add,
  and,
  apply,
  broadcastTo,
  cast,
  clip,
  concat,
  constant,
  conv2d,
  conv2dTranspose,
  cos,
  div,
  equal,
  exp,
  expandDims,
  floor,
  gather,
  input,
  less,
  lessEqual,
  log,
  logSumExp,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  not,
  or,
  pad,
  pow,
  program,
  reduceMax,
  reduceSum,
  reshape,
  reverse,
  scan,
  scatterAdd,
  select,
  sigmoid,
  sign,
  sin,
  slice,
  split,
  sqrt,
  squeeze,
  stack,
  sub,
  take,
  tanh,
  transpose,
} from './index.ts';
import type { PrimitiveName, Tensor } from './index.ts';

const f = (...shape: number[]) => input('f', shape);
const i = (...shape: number[]) => input('i', shape, 'i32');

/** What an author wrote, and what they are told. */
const errors: [() => unknown, string][] = [
  [
    () => matmul(f(32, 64), f(32, 64)),
    'matmul: [32, 64] x [32, 64]: inner sizes 64 and 32 differ; transpose one side',
  ],
  [() => matmul(f(3), f(3, 2)), 'matmul: [3] x [3, 2]: both sides need two axes or more; reshape a vector'],
  [
    () => matmul(f(2, 2, 3), f(5, 3, 2)),
    'matmul: [2, 2, 3] x [5, 3, 2]: leading axes do not broadcast; reshape one',
  ],
  [
    () => matmul(i(2, 2), i(2, 2)),
    'matmul: i32 [2, 2], i32 [2, 2]: i32 [2, 2] is not accepted; cast it to f32 or f64',
  ],
  [
    () => add(f(2, 3), f(2)),
    'add: [2, 3] and [2] do not broadcast; sizes, aligned at the last axis, must agree',
  ],
  [() => add(f(2), i(2)), 'add: f32 [2], i32 [2]: dtypes differ; cast to one of them'],
  [() => exp(i(2)), 'exp: i32 [2] is not accepted; cast it to f32 or f64'],
  [
    () => neg(input('image', [2], 'u8')),
    'neg: u8 [2] is not accepted; cast it to f32 or f64 or f16 or bf16 or i32',
  ],
  [() => not(f(2)), 'not: f32 [2] is not accepted; cast it to bool'],
  [() => select(f(2), 1, 0), 'select: f32 [2], f32 [], f32 []: f32 [2] is not accepted; cast it to bool'],
  [
    () => reshape(f(2, 3), [4]),
    'reshape: [2, 3] to [4]: 6 elements do not fill 4; give sizes with the same product',
  ],
  [() => reshape(f(2, 3), [4, -1]), 'reshape: [2, 3] to [4, -1]: 6 elements are no multiple of 4'],
  [() => reshape(f(2, 3), [-1, -1]), 'reshape: [2, 3] to [-1, -1]: 6 elements are no multiple of -1'],
  [() => transpose(f(2, 3), [0, 0]), 'transpose: [0, 0] does not permute the axes of [2, 3]; name each once'],
  [() => transpose(f(2)), 'transpose: [2] has no two axes to swap; reshape it first'],
  [() => broadcastTo(f(2), [2, 3]), 'broadcastTo: [2] does not broadcast to [2, 3]'],
  [() => broadcastTo(f(2, 2), [2]), 'broadcastTo: [2, 2] does not broadcast to [2]'],
  [() => concat([f(2, 3), f(3, 3)], 1), 'concat: [2, 3], [3, 3] along axis 1: all other sizes must agree'],
  [() => concat([f(2), i(2)]), 'concat: f32 [2], i32 [2]: dtypes differ'],
  [() => concat([]), 'concat: no tensors; give at least one'],
  [() => stack([]), 'stack: no tensors; give at least one'],
  [() => stack([f(2), f(3)]), 'stack: [2] and [3] differ; shapes must agree'],
  [() => slice(f(4), [2], [2]), 'slice: [2] to [2] by [1] is not inside [4]'],
  [() => slice(f(4), [0, 0], [1, 1]), 'slice: [4] needs one integer start an axis, not [0, 0]'],
  [() => take(f(4), 4), 'slice: [4] to [5] by [1] is not inside [4]'],
  [
    () => split(f(5), 2),
    'split: axis 0 of [5] into [2.5, 2.5]: positive integers that add up to 5 are needed',
  ],
  [() => squeeze(f(2, 3), 1), 'squeeze: axis 1 of [2, 3] has size 3, not 1; take one entry'],
  [
    () => pad(f(2), [-1]),
    'pad: [2] by low [-1], high [-1], interior [0]: amounts must not be negative; slice',
  ],
  [() => reduceSum(f(2, 3), 2), 'reduceSum: [2, 3] has no axis 2; give one of -2 to 1'],
  [() => reduceSum(f(2, 3), [0, -2]), 'reduceSum: axes [0, -2] of [2, 3] repeat; name each axis once'],
  [() => mean(f(), 0), 'mean: [] has no axis 0; give one of none: it is a scalar'],
  [() => conv2d(f(1, 3, 8, 8), f(4, 2, 3, 3)), 'channels 3 and 2 differ; a kernel is [O, C, kH, kW]'],
  [
    () => conv2d(f(1, 3, 2, 8), f(4, 3, 3, 3)),
    'conv2d: [1, 3, 2, 8] with kernel [4, 3, 3, 3]: the kernel is larger',
  ],
  [() => conv2d(f(3, 8, 8), f(4, 3, 3, 3)), 'need [B, C, H, W] and [O, C, kH, kW]'],
  [() => conv2d(f(1, 1, 8, 8), f(1, 1, 3, 3), { stride: 0 }), 'stride and dilation must be at least 1'],
  [
    () => conv2dTranspose(f(1, 3, 8, 8), f(4, 3, 3, 3)),
    'need [B, O, H, W] and [O, C, kH, kW] with the same O',
  ],
  [() => conv2dTranspose(f(1, 1, 1, 1), f(1, 1, 2, 2), { padding: 1 }), 'the padding cuts off everything'],
  [() => gather(f(3), f(3)), 'gather: f32 [3], f32 [3]: f32 [3] is not accepted; cast it to i32'],
  [
    () => scatterAdd(i(3), f(2, 4), 5),
    'scatterAdd: updates [2, 4] do not hold indices [3] at axis 0; shape them as',
  ],
  [() => constant([1, 2, 3], [2]), 'constant: 3 values do not fill [2]; give 2, or one that fills it'],
  [() => constant(300, [], 'u8'), 'constant: 300 is no u8; give a whole number in range or another dtype'],
  [() => input('x', [2, 0]), 'input "x": shape [2, 0]: extents must be positive integers'],
  [() => program({ y: add(f(2), f(2)) }), 'program: two inputs are named "f"; rename one'],
  [() => program({ y: f(2) }, []), 'program: input "f" is needed but not listed; add it to the inputs'],
];

describe('what does not fit is named where it was written', () => {
  for (const [run, message] of errors) {
    it(message, () => {
      expect(run).toThrow(message);
      try {
        run();
      } catch (error) {
        const [said, where] = (error as Error).stack!.split('\n');
        expect(said).toContain(message);
        expect(where).toContain('shapes.test.ts');
      }
    });
  }
});

/** A mistake in each op that has one to make, or why there is none; a new op needs a row. */
const mistakes: Record<PrimitiveName, (() => unknown) | 'takes anything'> = {
  ...{ neg: () => neg(i8(2)), exp: () => exp(i(2)), log: () => log(i(2)), sqrt: () => sqrt(i(2)) },
  ...{ tanh: () => tanh(i(2)), sigmoid: () => sigmoid(i(2)), sin: () => sin(i(2)), cos: () => cos(i(2)) },
  ...{ abs: () => abs(i8(2)), sign: () => sign(i8(2)), floor: () => floor(i(2)), not: () => not(f(2)) },
  ...{ add: () => add(f(2, 3), f(2)), sub: () => sub(f(2, 3), f(2)), mul: () => mul(f(2, 3), f(2)) },
  ...{ div: () => div(f(2, 3), f(2)), pow: () => pow(f(2, 3), f(2)), max: () => maximum(f(2, 3), f(2)) },
  ...{
    min: () => minimum(f(2, 3), f(2)),
    equal: () => equal(f(2, 3), f(2)),
    less: () => less(f(2, 3), f(2)),
  },
  ...{
    lessEqual: () => lessEqual(f(2, 3), f(2)),
    and: () => and(f(2, 3), f(2)),
    or: () => or(f(2, 3), f(2)),
  },
  ...{
    select: () => select(less(f(2, 3), 0), f(2), 1),
    cast: 'takes anything',
    stopGradient: 'takes anything',
  },
  ...{ reshape: () => reshape(f(2, 3), [4]), transpose: () => transpose(f(2, 3), [0]) },
  ...{ broadcast: () => broadcastTo(f(2), [2, 3]), concat: () => concat([f(2, 3), f(2)]) },
  ...{
    slice: () => slice(f(2, 3), [0], [1]),
    pad: () => pad(f(2, 3), [1]),
    reverse: () => reverse(f(2, 3), 2),
  },
  ...{ reduceSum: () => reduceSum(f(2, 3), 2), reduceMax: () => reduceMax(f(2, 3), 2) },
  ...{ matmul: () => matmul(f(2, 3), f(2)), conv2d: () => conv2d(f(2, 3), f(2)) },
  ...{ gather: () => gather(f(2, 3), f(2)), scatterAdd: () => scatterAdd(i(2), f(2, 3), 4, 1) },
  scan: () => scan(([h], [x]) => ({ carry: [concat([h, x])] }), [f(2)], [f(4, 2)]),
};
const i8 = (...shape: number[]) => input('i8', shape, 'u8');
/** What functions are called that are not called as their op. */
const written: Partial<Record<PrimitiveName, string>> = {
  ...{ max: 'maximum', min: 'minimum', broadcast: 'broadcastTo' },
};

describe('a mistake names the op and the shapes of all that came in', () => {
  for (const [op, mistake] of Object.entries(mistakes)) {
    if (mistake === 'takes anything') continue;
    it(op, () => {
      const { message } = thrownBy(mistake);
      expect(message).toMatch(new RegExp(`^${written[op as PrimitiveName] ?? op}: .*\\[[\\d, ]+\\]`));
      if (/^(add|sub|mul|div|pow|max|min|equal|less|and|or|concat|matmul|conv2d|gather)/.test(op)) {
        expect(message).toMatch(/\[2, 3\].*\[2\]/);
      }
    });
  }

  function thrownBy(run: () => unknown): Error {
    try {
      run();
    } catch (error) {
      return error as Error;
    }
    throw new Error('nothing was thrown');
  }
});

describe('random shapes', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  const parameters = { seed: 4, numRuns: 200 };

  /** NumPy's rule, written from its documentation: right-aligned, each pair equal or one of them 1. */
  function broadcast(a: number[], b: number[]): number[] | undefined {
    const rank = Math.max(a.length, b.length);
    const pairs = Array.from({ length: rank }, (_, k) => [
      a[a.length - rank + k] ?? 1,
      b[b.length - rank + k] ?? 1,
    ]);
    return pairs.every(([m, n]) => m === n || m === 1 || n === 1)
      ? pairs.map(([m, n]) => Math.max(m, n))
      : undefined;
  }

  it('binary ops broadcast as NumPy does, or throw', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const expected = broadcast(a, b);
        if (expected) expect(add(f(...a), f(...b)).shape).toEqual(expected);
        else expect(() => add(f(...a), f(...b))).toThrow('do not broadcast');
      }),
      parameters,
    );
  });

  it('reductions drop or keep axes, counted from either end', () => {
    fc.assert(
      fc.property(shape, fc.nat(3), fc.boolean(), (extents, position, negative) => {
        fc.pre(extents.length > 0);
        const axis = position % extents.length;
        const given = negative ? axis - extents.length : axis;
        expect(reduceSum(f(...extents), given).shape).toEqual(extents.toSpliced(axis, 1));
        expect(logSumExp(f(...extents), given, { keepDims: true }).shape).toEqual(extents.with(axis, 1));
        expect(expandDims(f(...extents), axis).shape).toEqual(extents.toSpliced(axis, 0, 1));
      }),
      parameters,
    );
  });
});

it('moving nothing returns the tensor itself', () => {
  const x = f(2, 3);
  const same: Tensor[] = [
    ...[reshape(x, [2, -1]), transpose(x, [0, 1]), broadcastTo(x, [2, 3]), cast(x, 'f32'), concat([x])],
    ...[slice(x, [0, 0], [2, 3]), pad(x, [0, 0]), reduceSum(x, [])],
  ];
  for (const tensor of same) expect(tensor).toBe(x);
  expect(clip(x, 0, 1)).not.toBe(x);
  expect(apply('reshape', [x], { shape: [2, 3] })).not.toBe(x);
});
