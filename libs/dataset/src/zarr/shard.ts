/** The bytes of a shard: encoded chunks one behind the other, then the index. */
import { crc32c } from './crc32c.ts';

/** Where a chunk lies in its shard, in bytes; undefined where the shard does not hold it. */
export type ChunkPlace = { readonly offset: number; readonly length: number } | undefined;

const ABSENT = 0xffffffff;

/** Bytes of the index of a shard of `chunks` chunks. */
export const indexLength = (chunks: number) => 16 * chunks + 4;

/** `bytes` with their crc32c behind them. */
export function withChecksum(bytes: Uint8Array): Uint8Array {
  const checked = new Uint8Array(bytes.length + 4);
  checked.set(bytes);
  new DataView(checked.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return checked;
}

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

/** @param chunks encoded chunks in row-major order of the shard's grid; undefined where the array ends before it */
export function assembleShard(chunks: readonly (Uint8Array | undefined)[]): Uint8Array {
  const content = chunks.reduce((sum, chunk) => sum + (chunk?.length ?? 0), 0);
  const shard = new Uint8Array(content + indexLength(chunks.length));
  const index = new DataView(new ArrayBuffer(16 * chunks.length));
  let offset = 0;
  chunks.forEach((chunk, i) => {
    if (chunk === undefined) {
      for (let word = 0; word < 4; word++) index.setUint32(16 * i + 4 * word, ABSENT, true);
      return;
    }
    shard.set(chunk, offset);
    index.setBigUint64(16 * i, BigInt(offset), true);
    index.setBigUint64(16 * i + 8, BigInt(chunk.length), true);
    offset += chunk.length;
  });
  shard.set(withChecksum(new Uint8Array(index.buffer)), content);
  return shard;
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
