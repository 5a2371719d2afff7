/** The bytes of a shard: encoded chunks one behind the other, then the index. */
import { crc32c } from './crc32c.ts';

/** Where a chunk lies in its shard, in bytes; undefined where the shard does not hold it. */
export type ChunkPlace = { readonly offset: number; readonly length: number } | undefined;

const ABSENT = 0xffffffff;

/** Bytes of the index of a shard of `chunks` chunks. */
export const indexLength = (chunks: number) => 16 * chunks + 4;

/**
 * `bytes` without the crc32c behind them.
 * @returns undefined where the checksum does not fit
 */
export function withoutChecksum(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 4) return undefined;
  const content = bytes.subarray(0, bytes.length - 4);
  const stored = new DataView(bytes.buffer, bytes.byteOffset + content.length, 4).getUint32(0, true);
  return stored === crc32c(content) ? content : undefined;
}

/** What puts shards together, one after the other, in a piece of memory that grows to the largest of them. */
export interface ShardBuilder {
  /** Adds the next chunk, in row-major order of the grid, and its crc32c; undefined where the array ends before it. */
  add(chunk: Uint8Array | undefined): void;
  /**
   * Adds the index behind the chunks, those that were not given being absent, and begins the next shard.
   * @returns the shard, until the next chunk is added
   */
  finish(): Uint8Array;
}

/** @param chunks chunks in the grid of a shard */
export function shardBuilder(chunks: number): ShardBuilder {
  let shard = new Uint8Array(indexLength(chunks));
  let length = 0;
  let added = 0;
  const index = new DataView(new ArrayBuffer(16 * chunks));

  function append(bytes: Uint8Array): void {
    const end = length + bytes.length + 4;
    if (end > shard.length) {
      const grown = new Uint8Array(Math.max(end, 2 * shard.length));
      grown.set(shard.subarray(0, length));
      shard = grown;
    }
    shard.set(bytes, length);
    new DataView(shard.buffer).setUint32(end - 4, crc32c(bytes), true);
    length = end;
  }

  function add(chunk: Uint8Array | undefined): void {
    const i = 16 * added++;
    if (chunk === undefined) {
      for (let word = i; word < i + 16; word += 4) index.setUint32(word, ABSENT, true);
      return;
    }
    index.setBigUint64(i, BigInt(length), true);
    index.setBigUint64(i + 8, BigInt(chunk.length + 4), true);
    append(chunk);
  }

  function finish(): Uint8Array {
    while (added < chunks) add(undefined);
    append(new Uint8Array(index.buffer));
    const whole = shard.subarray(0, length);
    length = added = 0;
    return whole;
  }
  return { add, finish };
}

/**
 * The places that the index at the end of a shard names.
 * @param bytes the last `indexLength(chunks)` bytes of the shard, or fewer where the file is shorter
 * @returns undefined where the index is cut short or damaged
 */
export function parseIndex(bytes: Uint8Array, chunks: number): ChunkPlace[] | undefined {
  if (bytes.length !== indexLength(chunks)) return undefined;
  const content = withoutChecksum(bytes);
  if (content === undefined) return undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return Array.from({ length: chunks }, (_, i) => {
    if (view.getUint32(16 * i, true) === ABSENT && view.getUint32(16 * i + 4, true) === ABSENT)
      return undefined;
    return {
      offset: Number(view.getBigUint64(16 * i, true)),
      length: Number(view.getBigUint64(16 * i + 8, true)),
    };
  });
}
