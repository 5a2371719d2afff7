import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as zarrita from 'zarrita';
import { createArray, folderStore, writeArray, writeGroup, type ArrayOptions } from '../node/index.ts';
import { crc32c } from './crc32c.ts';
import { asBytes, zeros, type ArrayOf, type DType, type TypedArray } from './dtype.ts';
import { product } from './layout.ts';
import { openArray, readArray, readContext } from './reader.ts';

// Synced files take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let root: string;
beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'orrery-zarr-'))));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
const freshFolder = () => join(root, String(count++));

/** Distinct values, so that an element in the wrong place is seen. */
function counting<D extends DType>(dtype: D, length: number): ArrayOf<D> {
  const data = zeros(dtype, length);
  for (let i = 0; i < length; i++) data[i] = (i * 2654435761) % 251;
  return data;
}

interface Case {
  options: ArrayOptions<DType>;
  start: number[];
  size: number[];
}

/** Arrays of one to four axes whose chunks and shards need not divide the shape, and a box in each. */
const anyCase: fc.Arbitrary<Case> = fc
  .array(
    fc.record({
      chunk: fc.integer({ min: 1, max: 4 }),
      chunksInShard: fc.integer({ min: 1, max: 3 }),
      length: fc.integer({ min: 1, max: 9 }),
      from: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  // Each shard is a file that is synced to the disk.
  .filter((axes) => product(axes.map((a) => Math.ceil(a.length / (a.chunk * a.chunksInShard)))) <= 8)
  .chain((axes) =>
    fc.record({
      dtype: fc.constantFrom<DType>('uint8', 'int32', 'uint32', 'float32', 'float64'),
      codec: fc.constantFrom('bytes' as const, 'gzip' as const),
      axes: fc.constant(axes),
    }),
  )
  .map(({ dtype, codec, axes }) => {
    const start = axes.map(({ from, length }) => Math.floor(from * length));
    return {
      options: {
        dtype,
        codec,
        shape: axes.map(({ length }) => length),
        chunk: axes.map(({ chunk }) => chunk),
        shard: axes.map(({ chunk, chunksInShard }) => chunk * chunksInShard),
      },
      start,
      size: axes.map(({ part, length }, axis) => 1 + Math.floor(part * (length - start[axis]! - 1))),
    };
  });

/** The box by the definition of row-major order. */
function boxOf(
  data: TypedArray,
  shape: readonly number[],
  start: readonly number[],
  size: readonly number[],
) {
  return Array.from({ length: product(size) }, (_, flat) => {
    let rest = flat;
    let offset = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += (start[axis]! + (rest % size[axis]!)) * stride;
      rest = Math.floor(rest / size[axis]!);
      stride *= shape[axis]!;
    }
    return data[offset];
  });
}

describe('what the writer writes', () => {
  test('zarrita and our reader read any box of any array', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ options, start, size }) => {
        const folder = freshFolder();
        const data = counting(options.dtype, product(options.shape));
        await writeArray(folder, 'deep/values', options, data);
        const expected = boxOf(data, options.shape, start, size);
        const store = folderStore(folder);

        const ours = await openArray(readContext(store), 'deep/values');
        expect([...(await ours.read(start, size))]).toEqual(expected);
        const array = await zarrita.open.v3(zarrita.root(store).resolve('deep/values'), { kind: 'array' });
        const theirs = await zarrita.get(
          array,
          start.map((s, axis) => zarrita.slice(s, s + size[axis]!)),
        );
        expect([...(theirs.data as TypedArray)]).toEqual(expected);
        expect(theirs.shape).toEqual(size);
        expect(asBytes((await readArray(store, 'deep/values')).data)).toEqual(asBytes(data));
        rmSync(folder, { recursive: true });
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('metadata says what the array is', async () => {
    const folder = freshFolder();
    await writeGroup(folder, '', { title: 'x' });
    await writeArray(
      folder,
      'model/psnr',
      { shape: [2, 3], dtype: 'float32', dimensionNames: ['rollout', 'frame'], attributes: { unit: 'dB' } },
      new Float32Array([1, NaN, Infinity, -0, 2, 3]),
    );
    const store = folderStore(folder);
    const group = await zarrita.open.v3(zarrita.root(store), { kind: 'group' });
    expect(group.attrs).toEqual({ title: 'x' });
    await zarrita.open.v3(zarrita.root(store).resolve('model'), { kind: 'group' });
    const array = await zarrita.open.v3(zarrita.root(store).resolve('model/psnr'), { kind: 'array' });
    expect(array.dimensionNames).toEqual(['rollout', 'frame']);
    const read = await readArray(store, 'model/psnr');
    expect(read).toMatchObject({ shape: [2, 3], dtype: 'float32', attributes: { unit: 'dB' } });
    expect([...read.data]).toEqual([1, NaN, Infinity, -0, 2, 3]);
  });

  test('an axis of length 0 gives an array without files', async () => {
    const folder = freshFolder();
    await writeArray(folder, 'none', { shape: [2, 0, 3], dtype: 'float32' }, new Float32Array(0));
    expect(await readArray(folderStore(folder), 'none')).toMatchObject({ shape: [2, 0, 3] });
  });

  test('gzip headers hold neither time nor operating system', async () => {
    const folder = freshFolder();
    await writeArray(folder, 'a', { shape: [1, 100], dtype: 'uint8', codec: 'gzip' }, new Uint8Array(100));
    // RFC 1952: magic, deflate, no flags, no time, fastest, unknown system.
    expect([...readFileSync(join(folder, 'a/c/0/0')).subarray(0, 10)]).toEqual([
      31, 139, 8, 0, 0, 0, 0, 0, 4, 255,
    ]);
  });

  test('crc32c of "123456789" is 0xe3069283 (RFC 3720), for all lengths of the tail', () => {
    const digits = new TextEncoder().encode('123456789');
    expect(crc32c(digits)).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720 B.4: 32 bytes of zeros
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  test('what does not fit is refused, by name', async () => {
    const folder = freshFolder();
    const options = { shape: [4, 6], dtype: 'uint8', chunk: [1, 4], shard: [2, 8] } as const;
    const writer = await createArray(folder, 'a', options);
    expect(writer.grid).toEqual([2, 1]);
    await expect(writer.writeShard([0, 0], new Uint8Array(11))).rejects.toThrow(
      'array "a": shard [0,0] covers [2,6], not 11 elements',
    );
    expect(() => writer.beginShard([2, 0])).toThrow('shard [2,0] is not in the grid [2,1]');
    const half = writer.beginShard([0, 0]);
    half.append(new Uint8Array(6));
    await expect(half.finish()).rejects.toThrow('has 1 of its 2 rows');
    expect(() => half.append(new Float32Array(6) as never)).toThrow('Float32Array of 6 given');
    await expect(createArray(folder, 'b', { ...options, shard: [2, 6] })).rejects.toThrow(
      'array "b": shape [4,6]',
    );
    await expect(writeArray(folder, 'c', options, new Uint8Array(23))).rejects.toThrow(
      '23 elements do not fill',
    );
  });
});

describe('what the reader refuses', () => {
  const shape = [4, 10];
  async function damaged(damage: (shardFile: string) => void, codec: 'bytes' | 'gzip' = 'gzip') {
    const folder = freshFolder();
    const options = { shape, dtype: 'float32', chunk: [1, 5], shard: [2, 10], codec } as const;
    await writeArray(folder, 'a', options, counting('float32', 40));
    damage(join(folder, 'a/c/1/0'));
    return readArray(folderStore(folder), 'a');
  }

  test('a missing shard', async () => {
    await expect(damaged((file) => unlinkSync(file))).rejects.toThrow('array "a": shard c/1/0 is missing');
  });

  test('a shard cut short anywhere', async () => {
    for (const length of [0, 3, 50, 100])
      await expect(damaged((file) => truncateSync(file, length))).rejects.toThrow(
        'shard c/1/0 is cut short or damaged',
      );
  });

  test('any flipped bit', async () => {
    const folder = freshFolder();
    const options = { shape, dtype: 'float32', chunk: [1, 5], shard: [2, 10], codec: 'gzip' } as const;
    await writeArray(folder, 'a', options, counting('float32', 40));
    const file = join(folder, 'a/c/1/0');
    const whole = readFileSync(file);
    for (let byte = 0; byte < whole.length; byte++) {
      const flipped = Buffer.from(whole);
      flipped[byte]! ^= 1 << (byte % 8);
      writeFileSync(file, flipped);
      await expect(readArray(folderStore(folder), 'a'), `byte ${byte}`).rejects.toThrow('shard c/1/0 is');
    }
  });

  test('a box outside the array, an unknown array, and arrays of others', async () => {
    const folder = freshFolder();
    await writeArray(folder, 'a', { shape, dtype: 'uint8' }, new Uint8Array(40));
    const store = folderStore(folder);
    const array = await openArray(readContext(store), 'a');
    for (const [start, size] of [
      [
        [0, 5],
        [1, 6],
      ],
      [
        [-1, 0],
        [1, 1],
      ],
      [
        [0.5, 0],
        [1, 1],
      ],
      [[0], [1]],
    ] as const)
      await expect(array.read(start, size)).rejects.toThrow('is not inside shape [4,10]');
    await expect(array.read([0, 0], [1, 2], new Uint8Array(3))).rejects.toThrow('3 elements given');
    await expect(openArray(readContext(store), 'b')).rejects.toThrow('array "b": not found');
    const metadata = JSON.parse(readFileSync(join(folder, 'a/zarr.json'), 'utf8'));
    writeFileSync(join(folder, 'a/zarr.json'), JSON.stringify({ ...metadata, data_type: 'complex64' }));
    await expect(openArray(readContext(store), 'a')).rejects.toThrow(
      'not of the kind that Orrery writes (data_type',
    );
  });

  test('a store that failed once is asked again', async () => {
    const folder = freshFolder();
    await writeArray(folder, 'a', { shape: [1, 4], dtype: 'uint8' }, new Uint8Array([1, 2, 3, 4]));
    const spare = freshFolder();
    cpSync(folder, spare, { recursive: true });
    const array = await openArray(readContext(folderStore(folder)), 'a');
    rmSync(join(folder, 'a/c'), { recursive: true });
    await expect(array.read([0, 0], [1, 4])).rejects.toThrow('is missing');
    cpSync(spare, folder, { recursive: true });
    expect([...(await array.read([0, 0], [1, 4]))]).toEqual([1, 2, 3, 4]);
  });
});
