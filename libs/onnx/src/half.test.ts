import { add, input, mul, neg, program, roundTo, evaluate } from '@orrery/graph';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBits, toBits } from './half.ts';
import { createSession } from './node/create-session.ts';

const allBits = Uint16Array.from({ length: 65536 }, (_, i) => i);

test.each(['f16', 'bf16'] as const)('%s: all 65536 patterns go out as they came in', (dtype) => {
  const values = fromBits(allBits, dtype);
  expect(roundTo(dtype, values.slice())).toEqual(values);
  const back = toBits(values, dtype);
  for (let i = 0; i < 65536; i++) if (!Number.isNaN(values[i])) expect(back[i]).toBe(i);
});

test("f16 is what the engine's own array holds", (context) => {
  const { Float16Array: Own } = globalThis as {
    Float16Array?: new (buffer: ArrayBufferLike) => Iterable<number>;
  };
  if (!Own) return context.skip('this JavaScript engine has no Float16Array');
  expect(fromBits(allBits, 'f16')).toEqual(Float32Array.from(new Own(allBits.buffer)));
});

test.each(['f16', 'bf16'] as const)('%s: a session rounds what comes in and after each op', async (dtype) => {
  const [x, y] = [input('x', [8], dtype), input('y', [8], dtype)];
  const graph = program({ z: add(mul(x, y), y), same: neg(x) }, [x, y]);
  const session = await createSession(graph, { worker: false, threads: 1 });
  const values = fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 8, maxLength: 8 });
  // The CPU provider computes f16 in f32 and rounds at the end, as its neighbour's cast is dropped.
  const step = dtype === 'f16' ? 2 ** -9 : 0;
  await fc.assert(
    fc.asyncProperty(values, values, async (a, b) => {
      const feeds = { x: Float32Array.from(a), y: Float32Array.from(b) };
      const got = await session.run(feeds);
      const wanted = evaluate(graph.outputs, feeds);
      expect(got.z.dtype).toBe(dtype);
      expect(got.same.data).toEqual(wanted.same);
      got.z.data.forEach((value, i) =>
        expect(Math.abs(value - wanted.z[i])).toBeLessThanOrEqual(step * (1 + Math.abs(a[i] * b[i]))),
      );
    }),
    { seed: 1, numRuns: 50 },
  );
  await session.close();
});
