/**
 * Codes for symbols of known frequencies, as deflate has them (RFC 1951, section 3.2.2): lengths by Moffat and Katajainen's
 * minimum-redundancy coding in place (1995), then limited.
 */

const MOST_SYMBOLS = 286;
const MOST_BITS = 15;

const sorted = new Int32Array(MOST_SYMBOLS);
const work = new Int32Array(MOST_SYMBOLS);
const countOf = new Int32Array(MOST_BITS + 1);
const nextCode = new Int32Array(MOST_BITS + 1);

/** Bits of a code, and how many they are, in what `buildCode` writes. */
export const codeOf = (entry: number) => entry & 0xffff;
export const bitsOf = (entry: number) => entry >>> 16;

/**
 * Builds a prefix code in which no symbol has more than `limit` bits.
 * @param frequencies [symbols]
 * @param code [symbols] receives for each symbol its bits, the first lowest, and 2^16 times their number; 0 where it
 * does not occur. Where none does, the first gets a code, because a decoder wants one.
 */
export function buildCode(frequencies: Int32Array, limit: number, code: Uint32Array): void {
  code.fill(0);
  let count = 0;
  for (let symbol = 0; symbol < frequencies.length; symbol++)
    if (frequencies[symbol]! > 0) sorted[count++] = frequencies[symbol]! * 512 + symbol;
  if (count < 2) {
    code[count === 0 ? 0 : sorted[0]! & 511] = 1 << 16;
    return;
  }
  const order = sorted.subarray(0, count).sort();
  for (let i = 0; i < count; i++) work[i] = order[i]! >>> 9;
  replaceByLengths(count);
  countOf.fill(0);
  for (let i = 0; i < count; i++) countOf[Math.min(work[i]!, limit)]!++;
  repair(limit);
  let at = count;
  for (let bits = 1; bits <= limit; bits++)
    for (let c = countOf[bits]!; c > 0; c--) code[order[--at]! & 511] = bits << 16;
  nextCode[1] = 0;
  for (let bits = 2; bits <= limit; bits++) nextCode[bits] = (nextCode[bits - 1]! + countOf[bits - 1]!) << 1;
  for (let symbol = 0; symbol < code.length; symbol++) {
    const bits = bitsOf(code[symbol]!);
    if (bits > 0) code[symbol]! |= reverse(nextCode[bits]!++, bits);
  }
}

/** Turns the first `count` entries of `work`, frequencies that ascend, into the lengths of their codes. */
function replaceByLengths(count: number): void {
  // Frequencies of inner nodes take the place of leaves that are in the tree already, then the index of their parents.
  work[0]! += work[1]!;
  let root = 0;
  let leaf = 2;
  for (let next = 1; next < count - 1; next++) {
    for (let child = 0; child < 2; child++) {
      const isInner = leaf >= count || (root < next && work[root]! < work[leaf]!);
      const frequency = work[isInner ? root : leaf++]!;
      if (isInner) work[root++] = next;
      work[next] = child === 0 ? frequency : work[next]! + frequency;
    }
  }
  // Depths of the inner nodes, from the root down.
  work[count - 2] = 0;
  for (let next = count - 3; next >= 0; next--) work[next] = work[work[next]!]! + 1;
  // Depths of the leaves: what is free at a depth and no inner node.
  let free = 1;
  let depth = 0;
  root = count - 2;
  for (let next = count - 1; free > 0; depth++) {
    let inner = 0;
    for (; root >= 0 && work[root] === depth; root--) inner++;
    for (; free > inner; free--) work[next--] = depth;
    free = 2 * inner;
  }
}

/** Makes the numbers of codes of each length fit together again after some were cut to `limit`. */
function repair(limit: number): void {
  let total = 0;
  for (let bits = 1; bits <= limit; bits++) total += countOf[bits]! << (limit - bits);
  for (; total > 1 << limit; total--) {
    // One of the longest moves beside one that was shorter, under a new node in its place.
    countOf[limit]!--;
    let bits = limit - 1;
    while (countOf[bits] === 0) bits--;
    countOf[bits]!--;
    countOf[bits + 1]! += 2;
  }
}

function reverse(code: number, bits: number): number {
  let reversed = 0;
  for (let k = 0; k < bits; k++) reversed |= ((code >> k) & 1) << (bits - 1 - k);
  return reversed;
}
