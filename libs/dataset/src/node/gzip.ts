/**
 * gzip for arrays. What repeats in them does so at a few distances, one step along an axis: the pixel, the row, the frame
 * before. Only there matches are looked for, so that most of a film is compared, and nothing searched. The bytes are
 * the same on every machine, which those of zlib are not.
 * Source: RFC 1951 (deflate) and RFC 1952 (gzip).
 */
import { crc32 } from 'node:zlib';
import { bitsOf, buildCode, codeOf } from './huffman.ts';

/** How far back deflate can point, and the longest match that it can name. */
const WINDOW = 32768;
const LONGEST = 258;
/** Bytes that are compared at a time, so no match is shorter. */
const SHORTEST = 4;
/** A match of this length is taken without a look at other distances. */
const ENOUGH = 64;

const MOST_DISTANCES = 3;

/**
 * The distances at which an array is likely to repeat: those of the largest steps along its axes that deflate can reach.
 * @param shape elements along each axis, row-major
 * @param elementBytes bytes of an element
 * @returns up to three distances in bytes, ascending
 */
export function repeatDistances(shape: readonly number[], elementBytes: number): number[] {
  const steps: number[] = [];
  let step = elementBytes;
  for (const length of [...shape].reverse()) {
    if (length > 1 && step <= WINDOW) steps.push(step);
    step *= length;
  }
  return steps.slice(-MOST_DISTANCES);
}

/** Matches of a block at most: blocks have codes of their own. */
const MATCHES = 1 << 14;
/** [MATCHES] literal bytes before each match, its length, and how far back it points */
const literals = new Int32Array(MATCHES);
const lengths = new Uint16Array(MATCHES);
const distances = new Uint16Array(MATCHES);

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255); // no time, fastest, unknown system

/** Where the result grows: `fill` bits of `bits` wait to be written at `at`. */
const sink = { view: new DataView(new ArrayBuffer(1 << 16)), at: 0, bits: 0, fill: 0 };

/**
 * Compresses.
 * @param repeats distances in bytes, ascending, none above 32768
 * @returns a gzip member, in memory that the next call uses again
 */
export function gzip(bytes: Uint8Array, repeats: readonly number[]): Uint8Array {
  const { length } = bytes;
  reserve(HEADER.length, 0);
  new Uint8Array(sink.view.buffer).set(HEADER);
  Object.assign(sink, { at: HEADER.length, bits: 0, fill: 0 });
  compress(bytes, repeats);
  if (sink.fill > 0) sink.view.setUint8(sink.at++, sink.bits);
  reserve(8, sink.at);
  sink.view.setUint32(sink.at, crc32(bytes), true);
  sink.view.setUint32(sink.at + 4, length, true);
  return new Uint8Array(sink.view.buffer, 0, sink.at + 8);
}

/** Makes room for `bytes` behind the first `kept` of the result. */
function reserve(bytes: number, kept: number): void {
  if (kept + bytes <= sink.view.byteLength) return;
  const grown = new Uint8Array(2 * (kept + bytes));
  grown.set(new Uint8Array(sink.view.buffer, 0, kept));
  sink.view = new DataView(grown.buffer);
}

/** Finds the matches of all bytes, greedily, and writes them block by block. */
function compress(bytes: Uint8Array, repeats: readonly number[]): void {
  const size = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  const end = size - SHORTEST;
  const [near = size, middle = size, far = size] = repeats;
  let count = 0;
  let blockStart = 0;
  let literalStart = 0;
  for (let at = 0; at <= end;) {
    const word = view.getInt32(at, true);
    let length = 0;
    let distance = 0;
    if (at >= near && view.getInt32(at - near, true) === word) {
      length = matchLength(view, at, near);
      distance = near;
    }
    if (length < ENOUGH && at >= middle && view.getInt32(at - middle, true) === word) {
      const found = matchLength(view, at, middle);
      if (found > length) {
        length = found;
        distance = middle;
      }
    }
    if (length < ENOUGH && at >= far && view.getInt32(at - far, true) === word) {
      const found = matchLength(view, at, far);
      if (found > length) {
        length = found;
        distance = far;
      }
    }
    if (length === 0) {
      at += near; // the next element may match
      continue;
    }
    literals[count] = at - literalStart;
    at += length;
    literalStart = at;
    while (length > 0) {
      // The last part must not be shorter than a match can be.
      const part = length <= LONGEST ? length : Math.min(LONGEST, length - SHORTEST);
      length -= part;
      lengths[count] = part;
      distances[count++] = distance;
      if (count === MATCHES) {
        writeBlock(bytes, blockStart, count, 0, false);
        blockStart = at - length;
        count = 0;
      }
      literals[count] = 0;
    }
  }
  writeBlock(bytes, blockStart, count, size - literalStart, true);
}

/** How many bytes at `at`, of which the first four are known to, equal those `distance` before. */
function matchLength(view: DataView, at: number, distance: number): number {
  const end = view.byteLength;
  let i = at + SHORTEST;
  for (let j = i - distance; i + 16 <= end; i += 16, j += 16) {
    const a = view.getInt32(i, true) ^ view.getInt32(j, true);
    const b = view.getInt32(i + 4, true) ^ view.getInt32(j + 4, true);
    const c = view.getInt32(i + 8, true) ^ view.getInt32(j + 8, true);
    const d = view.getInt32(i + 12, true) ^ view.getInt32(j + 12, true);
    if ((a | b | c | d) !== 0) break;
  }
  while (i + 4 <= end && view.getInt32(i, true) === view.getInt32(i - distance, true)) i += 4;
  while (i < end && view.getUint8(i) === view.getUint8(i - distance)) i++;
  return i - at;
}

/** Codes of the three alphabets are limited so that what is written at a time, with 7 bits before it, has 31 bits. */
const LITERAL_BITS = 12;
const DISTANCE_BITS = 11;
const HEADER_BITS = 7;
const END = 256;
const literalCounts = new Int32Array(286);
const distanceCounts = new Int32Array(30);
const headerCounts = new Int32Array(19);
const literalCode = new Uint32Array(286);
const distanceCode = new Uint32Array(30);
const headerCode = new Uint32Array(19);

/** [259] by the length of a match: its symbol; [29] by a symbol: the least length, and bits that tell the rest */
const lengthSymbol = new Uint16Array(LONGEST + 1);
const lengthBase = new Uint16Array(29);
const lengthExtra = new Uint8Array(29);
for (let symbol = 0, length = 3; symbol < 28; symbol++) {
  lengthBase[symbol] = length;
  lengthExtra[symbol] = symbol < 8 ? 0 : (symbol >> 2) - 1;
  for (let k = 0; k < 1 << lengthExtra[symbol]!; k++) lengthSymbol[length++] = symbol;
}
lengthSymbol[LONGEST] = 28;
lengthBase[28] = LONGEST;

/** The same for distances. */
const distanceBase = new Uint16Array(30);
const distanceExtra = new Uint8Array(30);
for (let symbol = 0, distance = 1; symbol < 30; symbol++) {
  distanceBase[symbol] = distance;
  distanceExtra[symbol] = symbol < 4 ? 0 : (symbol >> 1) - 1;
  distance += 1 << distanceExtra[symbol]!;
}

function distanceSymbol(distance: number): number {
  if (distance < 5) return distance - 1;
  const bit = 30 - Math.clz32(distance - 1);
  return 2 * bit + 2 + (((distance - 1) >> bit) & 1);
}

/**
 * Writes the bytes from `start`: the first `count` matches with the literals before them, then `rest` literals.
 * @param isLast whether nothing follows
 */
function writeBlock(bytes: Uint8Array, start: number, count: number, rest: number, isLast: boolean): void {
  literalCounts.fill(0);
  distanceCounts.fill(0);
  let i = start;
  for (let match = 0; match <= count; match++) {
    const stop = i + (match < count ? literals[match]! : rest);
    for (; i < stop; i++) literalCounts[bytes[i]!]!++;
    if (match === count) break;
    const length = lengths[match]!;
    literalCounts[END + 1 + lengthSymbol[length]!]!++;
    distanceCounts[distanceSymbol(distances[match]!)]!++;
    i += length;
  }
  literalCounts[END] = 1;
  buildCode(literalCounts, LITERAL_BITS, literalCode);
  buildCode(distanceCounts, DISTANCE_BITS, distanceCode);
  // No byte takes more than 12 bits, and no match, of 4 bytes or more, more than 41; the codes take less than 512 bytes.
  reserve(2 * (i - start) + 512, sink.at);
  put(isLast ? 1 : 0, 1);
  put(2, 2); // codes of its own
  writeCodes();
  writeMatches(bytes, start, count, rest);
  putCode(literalCode[END]!);
}

/** Appends up to 16 bits. */
function put(value: number, count: number): void {
  sink.bits |= value << sink.fill;
  sink.fill += count;
  for (; sink.fill >= 8; sink.fill -= 8) {
    sink.view.setUint8(sink.at++, sink.bits);
    sink.bits >>>= 8;
  }
}

const putCode = (entry: number) => put(codeOf(entry), bitsOf(entry));

/** The order in which the lengths of the header's code are written. */
const HEADER_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const codeLengths = new Uint8Array(286 + 30);
/** Symbols of the header, and 32 times what their extra bits say. */
const headerSymbols = new Uint16Array(286 + 30);

/** Writes the lengths of both codes. */
function writeCodes(): void {
  let literalCount = 286;
  while (literalCode[literalCount - 1] === 0) literalCount--;
  let distanceCount = 30;
  while (distanceCode[distanceCount - 1] === 0) distanceCount--;
  for (let k = 0; k < literalCount; k++) codeLengths[k] = bitsOf(literalCode[k]!);
  for (let k = 0; k < distanceCount; k++) codeLengths[literalCount + k] = bitsOf(distanceCode[k]!);
  const count = packLengths(literalCount + distanceCount);
  buildCode(headerCounts, HEADER_BITS, headerCode);
  let orderCount = 19;
  while (headerCode[HEADER_ORDER[orderCount - 1]!] === 0) orderCount--;
  put(literalCount - 257, 5);
  put(distanceCount - 1, 5);
  put(orderCount - 4, 4);
  for (let k = 0; k < orderCount; k++) put(bitsOf(headerCode[HEADER_ORDER[k]!]!), 3);
  for (let k = 0; k < count; k++) {
    const symbol = headerSymbols[k]! & 31;
    putCode(headerCode[symbol]!);
    if (symbol >= 16) put(headerSymbols[k]! >> 5, symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
  }
}

/** Writes the first `size` of `codeLengths` as symbols, runs of equal ones together; returns how many symbols. */
function packLengths(size: number): number {
  headerCounts.fill(0);
  let count = 0;
  const add = (symbol: number, extra: number) => {
    headerCounts[symbol]!++;
    headerSymbols[count++] = symbol | (extra << 5);
  };
  for (let i = 0; i < size;) {
    const length = codeLengths[i]!;
    let run = 1;
    while (i + run < size && codeLengths[i + run] === length) run++;
    i += run;
    if (length > 0) {
      add(length, 0);
      run--;
    }
    while (run >= 3) {
      const part = Math.min(run, length > 0 ? 6 : 138);
      if (length > 0) add(16, part - 3);
      else if (part < 11) add(17, part - 3);
      else add(18, part - 11);
      run -= part;
    }
    for (; run > 0; run--) add(length, 0);
  }
  return count;
}

/** Writes matches and literals; four bytes at a time, of which those that are not whole yet are written again. */
function writeMatches(bytes: Uint8Array, start: number, count: number, rest: number): void {
  const { view } = sink;
  let { at, bits, fill } = sink;
  let i = start;
  for (let match = 0; match <= count; match++) {
    const stop = i + (match < count ? literals[match]! : rest);
    for (; i < stop; i += 2) {
      const first = literalCode[bytes[i]!]!;
      bits |= codeOf(first) << fill;
      fill += bitsOf(first);
      if (i + 1 < stop) {
        const second = literalCode[bytes[i + 1]!]!;
        bits |= codeOf(second) << fill;
        fill += bitsOf(second);
      }
      view.setInt32(at, bits, true);
      at += fill >> 3;
      bits >>>= fill & 24;
      fill &= 7;
    }
    if (match === count) break;
    const length = lengths[match]!;
    i = stop + length;
    const lengthName = lengthSymbol[length]!;
    const lengthEntry = literalCode[END + 1 + lengthName]!;
    bits |= codeOf(lengthEntry) << fill;
    fill += bitsOf(lengthEntry);
    bits |= (length - lengthBase[lengthName]!) << fill;
    fill += lengthExtra[lengthName]!;
    view.setInt32(at, bits, true);
    at += fill >> 3;
    bits >>>= fill & 24;
    fill &= 7;
    const distance = distances[match]!;
    const distanceName = distanceSymbol(distance);
    const distanceEntry = distanceCode[distanceName]!;
    bits |= codeOf(distanceEntry) << fill;
    fill += bitsOf(distanceEntry);
    bits |= (distance - distanceBase[distanceName]!) << fill;
    fill += distanceExtra[distanceName]!;
    view.setInt32(at, bits, true);
    at += fill >> 3;
    bits >>>= fill & 24;
    fill &= 7;
  }
  Object.assign(sink, { at, bits, fill });
}
