/**
 * Threefry-2x32 with the keys of JAX: the same key gives the same bits here, in `jax.random` and on a cluster.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), 20 rounds; key handling and
 * bit layout as in JAX with `jax_threefry_partitionable` (its default since 0.5).
 */

/** Two unsigned 32-bit words, as `jax.random.PRNGKey` holds them. */
export type Key = readonly [number, number];

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** One block: encrypts the counter `(x0, x1)` under `key`. */
export function threefry2x32(key: Key, x0: number, x1: number): Key {
  const schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda];
  let a = (x0 + key[0]) | 0;
  let b = (x1 + key[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of ROTATIONS[group % 2]!) {
      a = (a + b) | 0;
      b = ((b << r) | (b >>> (32 - r))) ^ a;
    }
    a = (a + schedule[(group + 1) % 3]!) | 0;
    b = (b + schedule[(group + 2) % 3]! + group + 1) | 0;
  }
  return [a >>> 0, b >>> 0];
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
    const [a, b] = threefry2x32(source, Math.floor(i / 0x100000000), i >>> 0);
    words[i] = a ^ b;
  }
  return words;
}
