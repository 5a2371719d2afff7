import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.ts';

const example: Safetensors = {
  arrays: {
    'b.kernel': { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) },
    a: { shape: [], data: Float32Array.of(1.5) },
  },
  metadata: { step: '5' },
};

// Python's safetensors 0.8.0: save({'b.kernel': np.arange(6, dtype=np.float32).reshape(2, 3),
// 'a': np.array(1.5, dtype=np.float32)}, metadata={'step': '5'})
const python =
  '90000000000000007b225f5f6d657461646174615f5f223a7b2273746570223a2235227d2c2261223a7b226474797065223a22463332' +
  '222c227368617065223a5b5d2c22646174615f6f666673657473223a5b302c345d7d2c22622e6b65726e656c223a7b22647479706522' +
  '3a22463332222c227368617065223a5b322c335d2c22646174615f6f666673657473223a5b342c32385d7d7d0000c03f000000000000' +
  '803f0000004000004040000080400000a040';

/** The file of a header with the given arrays' bytes behind it. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe('safetensors', () => {
  test('the bytes are those of the Python library', () => {
    expect(Buffer.from(encodeSafetensors(example)).toString('hex')).toBe(python);
  });

  test('what Python wrote is read', () => {
    expect(decodeSafetensors(Buffer.from(python, 'hex'), 'x')).toEqual(example);
  });

  const anyArray = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      data: fc.float32Array({
        minLength: shape.reduce((a, b) => a * b, 1),
        maxLength: shape.reduce((a, b) => a * b, 1),
      }),
    }),
  );
  const anyFile = fc.record({
    arrays: fc.dictionary(fc.string({ unit: 'binary' }), anyArray, { maxKeys: 5, noNullPrototype: true }),
    metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
  });

  test('what is written is read again, NaN and infinities too, from any offset in memory', () => {
    fc.assert(
      fc.property(anyFile, fc.nat(7), (content, offset) => {
        const bytes = encodeSafetensors(content);
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        expect(decodeSafetensors(moved, 'x')).toEqual(content);
      }),
    );
  });

  test('a name that objects have for themselves is one like others', () => {
    const arrays = Object.fromEntries([['__proto__', { shape: [], data: Float32Array.of(3) }]]);
    const read = decodeSafetensors(encodeSafetensors({ arrays, metadata: {} }), 'x');
    expect(Object.entries(read.arrays)).toEqual([['__proto__', { shape: [], data: Float32Array.of(3) }]]);
  });

  test('a file that lost its end is refused', () => {
    fc.assert(
      fc.property(anyFile, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (content, part) => {
        const bytes = encodeSafetensors(content);
        const cut = bytes.subarray(0, Math.floor(part * bytes.length));
        expect(() => decodeSafetensors(cut, 'checkpoint a')).toThrow(/^checkpoint a: (truncated|damaged)/);
      }),
    );
  });

  test.each([
    ['no JSON', file('{"a', 0), 'its header is no JSON;'],
    ['a list', file([], 0), 'its header is no JSON object'],
    ['a huge header', Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0), 'a header of 1099511627776 bytes is none'],
    [
      'halves',
      file({ a: { dtype: 'F16', shape: [2], data_offsets: [0, 4] } }, 4),
      'array "a" has dtype "F16"',
    ],
    [
      'a negative size',
      file({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4),
      'no valid shape',
    ],
    ['too few bytes', file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4), 'spans 4 bytes'],
    ['an entry that is no object', file({ a: 1 }, 0), 'array "a" has dtype undefined'],
    ['a gap', file({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8), 'gap or overlap'],
    [
      'an overlap',
      file(
        {
          a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        },
        4,
      ),
      'gap or overlap',
    ],
    ['bytes left over', file({}, 3), '3 bytes follow its arrays'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }, 0), '__metadata__ is not text'],
  ])('%s is refused', (_, bytes, problem) => {
    expect(() => decodeSafetensors(bytes, 'checkpoint a')).toThrow(problem);
    expect(() => decodeSafetensors(bytes, 'checkpoint a')).toThrow('restore it or use another checkpoint');
  });

  test('arrays that do not fill their shape are not written', () => {
    const wrong = { arrays: { a: { shape: [2], data: new Float32Array(3) } }, metadata: {} };
    expect(() => encodeSafetensors(wrong)).toThrow('array "a" of shape [2] with 3 values cannot be stored');
  });
});
