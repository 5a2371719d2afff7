import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, allDTypes, cast, constant, div, evaluate, input, less, maximum, mul, neg, reduceSum, roundTo, sub } from './index.ts'; // prettier-ignore
import type { DType } from './index.ts';

const round = (dtype: DType, x: number) => roundTo(dtype, Float64Array.of(x))[0];
const anyNumber = fc.oneof(
  fc.double(),
  fc.double({ min: -70000, max: 70000 }),
  fc.double({ min: -1e-4, max: 1e-4 }),
);

describe('16 bits', () => {
  it("f16 rounds as the engine's own does", (context) => {
    const { f16round } = Math as { f16round?: (x: number) => number };
    if (!f16round) return context.skip('this JavaScript engine has no Math.f16round');
    fc.assert(
      fc.property(anyNumber, (x) => {
        expect(round('f16', x)).toBe(f16round(x));
      }),
      { seed: 1, numRuns: 5000 },
    );
    for (const x of [65519.99, 65520, 2 ** -24, 2 ** -25, 2 ** -25 * 1.001, -0, 2049, 2051, -Infinity]) {
      expect(round('f16', x)).toBe(f16round(x));
    }
  });

  it('bf16 is the upper half of an f32, rounded to even in integers', () => {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        float[0] = x;
        const half = bits[0] >>> 16;
        const rest = bits[0] & 0xffff;
        const up = rest > 0x8000 || (rest === 0x8000 && half % 2 === 1);
        bits[0] = (half + (up && Number.isFinite(x) ? 1 : 0)) << 16;
        expect(round('bf16', x)).toBe(float[0]);
      }),
      { seed: 1, numRuns: 5000 },
    );
  });

  it('constants, feeds and results are rounded, once an op', () => {
    const x = input('x', [3], 'bf16');
    const [third, sum, whole] = evaluate([constant([1 / 3], [1], 'bf16'), add(x, x), cast(x, 'f32')], {
      x: [1.001, 3.14159, 1000.3],
    });
    expect([...third]).toEqual([0.333984375]);
    expect([...whole]).toEqual([1, 3.140625, 1000]);
    expect([...sum]).toEqual([2, 6.28125, 2000]);
  });

  it('sums of many are rounded at the end, not on the way: 4096 ones', () => {
    expect(evaluate([reduceSum(constant(1, [4096], 'bf16'))])[0][0]).toBe(4096);
  });
});

describe('u32', () => {
  const [a, b] = [input('a', [1], 'u32'), input('b', [1], 'u32')];
  const mask = 0xffffffffn;
  it('computes modulo 2^32, compares without sign', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(word, word, (x, y) => {
        const divisor = Math.max(y, 1);
        const results = evaluate([add(a, b), sub(a, b), mul(a, b), maximum(a, b), div(a, b), less(a, b)], {
          ...{ a: [x], b: [divisor] },
        });
        const [p, q] = [BigInt(x), BigInt(divisor)];
        const wanted = [p + q, p - q, p * q, p > q ? p : q, p / q].map((value) => Number(value & mask));
        expect(results.map(([value]) => value)).toEqual([...wanted, Number(p < q)]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('has no sign to change', () => {
    expect(() => neg(a)).toThrow('neg: u32 [1] is not accepted; cast it to f32 or f64 or f16 or bf16 or i32');
  });
});

it('products of i32 wrap around to the last bit', () => {
  const product = mul(constant([65537, 2 ** 31 - 1], [2], 'i32'), constant([65537, 2 ** 31 - 1], [2], 'i32'));
  expect([...evaluate([product])[0]]).toEqual([131073, 1]);
});

it('every dtype casts to every other', () => {
  for (const from of allDTypes) {
    for (const to of allDTypes) {
      const [values] = evaluate([cast(input('x', [3], from), to)], { x: [0, 1, 3].map((x) => (from === 'bool' ? x % 2 : x)) }); // prettier-ignore
      const wanted = [0, 1, from === 'bool' || to === 'bool' ? 1 : 3];
      expect([from, to, ...values]).toEqual([from, to, ...wanted]);
    }
  }
});
