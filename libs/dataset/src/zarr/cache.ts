/** Decoded chunks, the least recently used of which go when the byte budget is spent. */
import type { TypedArray } from './dtype.ts';

export interface ChunkCache {
  get(key: string): TypedArray | undefined;
  set(key: string, chunk: TypedArray): void;
}

/** @param budget bytes of decoded chunks that are kept; 0 keeps none */
export function createChunkCache(budget: number): ChunkCache {
  const chunks = new Map<string, TypedArray>(); // in order of use, oldest first
  let bytes = 0;
  return {
    get(key) {
      const chunk = chunks.get(key);
      if (chunk !== undefined) {
        chunks.delete(key);
        chunks.set(key, chunk);
      }
      return chunk;
    },
    set(key, chunk) {
      if (chunk.byteLength > budget || chunks.has(key)) return;
      chunks.set(key, chunk);
      bytes += chunk.byteLength;
      for (const [oldest, { byteLength }] of chunks) {
        if (bytes <= budget) break;
        chunks.delete(oldest);
        bytes -= byteLength;
      }
    },
  };
}
