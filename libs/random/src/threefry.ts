/**
 * Threefry-2x32 with the keys of JAX: the same key gives the same bits here, in `jax.random` and on a cluster.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), 20 rounds; key handling and
 * bit layout as in JAX with `jax_threefry_partitionable` (its default since 0.5).
 */

/** Two unsigned 32-bit words, as `jax.random.PRNGKey` holds them. */
export type Key = readonly [number, number];

/** [2] what `encrypt` leaves, as signed words: an array a block would cost as much as the block */
const block = new Int32Array(2);

/** One block into `block`: the counter `(x0, x1)` under the key `(k0, k1)`. */
function encrypt(k0: number, k1: number, x0: number, x1: number): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const even = group % 2 === 0;
    a = (a + b) | 0;
    b = (even ? (b << 13) | (b >>> 19) : (b << 17) | (b >>> 15)) ^ a;
    a = (a + b) | 0;
    b = (even ? (b << 15) | (b >>> 17) : (b << 29) | (b >>> 3)) ^ a;
    a = (a + b) | 0;
    b = (even ? (b << 26) | (b >>> 6) : (b << 16) | (b >>> 16)) ^ a;
    a = (a + b) | 0;
    b = (even ? (b << 6) | (b >>> 26) : (b << 24) | (b >>> 8)) ^ a;
    const first = group % 3;
    a = (a + (first === 0 ? k1 : first === 1 ? k2 : k0)) | 0;
    b = (b + (first === 0 ? k2 : first === 1 ? k0 : k1) + group + 1) | 0;
  }
  block[0] = a;
  block[1] = b;
}

/** One block: encrypts the counter `(x0, x1)` under `key`. */
export function threefry2x32(key: Key, x0: number, x1: number): Key {
  encrypt(key[0], key[1], x0, x1);
  return [block[0]! >>> 0, block[1]! >>> 0];
}

/**
 * The key of a seed, equal to `jax.random.PRNGKey(seed)`.
 * @param seed integer in [0, 2^32)
 */
export function key(seed: number): Key {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new Error(`seed ${seed} is not an integer from 0 to 4294967295; choose one in that range`);
  return [0, seed];
}

/** `count` independent keys, equal to `jax.random.split(key, count)`. */
export function split(parent: Key, count: number): Key[] {
  return Array.from({ length: count }, (_, i) => threefry2x32(parent, 0, i));
}

/** A key for item `data` (episode, step, layer), equal to `jax.random.fold_in(key, data)`. */
export function foldIn(parent: Key, data: number): Key {
  return threefry2x32(parent, 0, data >>> 0);
}

/** `count` unsigned 32-bit words, equal to `jax.random.bits(key, (count,))`. */
export function bits(source: Key, count: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    encrypt(source[0], source[1], Math.floor(i / 0x100000000), i >>> 0);
    words[i] = block[0]! ^ block[1]!;
  }
  return words;
}
