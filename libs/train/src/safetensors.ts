/**
 * The safetensors format: 8 bytes of header length (little endian), a JSON header, the arrays' bytes.
 * Specification: https://huggingface.co/docs/safetensors. Written as the Python library writes it: arrays sorted by
 * name, the header padded with spaces to a multiple of 8.
 */

/** Arrays of f32, the only type that checkpoints hold. */
export interface NamedArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export interface Safetensors {
  readonly arrays: Readonly<Record<string, NamedArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
/** The limit of the reference implementation. */
const LONGEST_HEADER = 100_000_000;
const METADATA = '__metadata__';

/** @throws when an array does not have the size of its shape */
export function encodeSafetensors({ arrays, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const names = Object.keys(arrays).sort(byCodePoint);
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  let end = 0;
  for (const name of names) {
    const { shape, data } = arrays[name];
    if (name === METADATA || data.length !== elements(shape)) {
      throw new Error(
        `safetensors: array "${name}" of shape [${shape.join(', ')}] with ${data.length} values cannot be stored; give ${elements(shape)} values and a name other than "${METADATA}"`,
      );
    }
    define(header, name, { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] });
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const start = LENGTH_BYTES + headerLength;
  const bytes = new Uint8Array(start + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, LENGTH_BYTES);
  bytes.fill(0x20, LENGTH_BYTES + text.length, start);
  let at = start;
  for (const name of names) {
    const { data } = arrays[name];
    for (let i = 0; i < data.length; i++) view.setFloat32(at + 4 * i, data[i], true);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * @param what how errors call the bytes, such as the file's path
 * @throws when they are truncated, have bytes left over, or are no safetensors file of f32 arrays
 */
export function decodeSafetensors(bytes: Uint8Array, what: string): Safetensors {
  const { header, start } = readHeader(bytes, what);
  const arrays: Record<string, NamedArray> = {};
  let metadata: Record<string, string> = {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const spans: (readonly [number, number])[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = parseMetadata(entry, what);
      continue;
    }
    const { shape, from, to } = parseEntry(name, entry, what);
    if (start + to > bytes.length) {
      throw new Error(
        `${what}: truncated: array "${name}" ends at byte ${start + to} of ${bytes.length}; restore the file or use another checkpoint`,
      );
    }
    const data = new Float32Array((to - from) / 4);
    for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(start + from + 4 * i, true);
    define(arrays, name, { shape, data });
    spans.push([from, to]);
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let end = 0;
  for (const [from, to] of spans) {
    if (from !== end)
      throw damaged(what, `its arrays leave a gap or overlap at byte ${start + Math.min(from, end)}`);
    end = to;
  }
  if (start + end !== bytes.length)
    throw damaged(what, `${bytes.length - start - end} bytes follow its arrays`);
  return { arrays, metadata };
}

function readHeader(bytes: Uint8Array, what: string): { header: object; start: number } {
  const truncated = () =>
    new Error(`${what}: truncated: only ${bytes.length} bytes; restore the file or use another checkpoint`);
  if (bytes.length < LENGTH_BYTES) throw truncated();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(LONGEST_HEADER)) throw damaged(what, `a header of ${length} bytes is none`);
  const start = LENGTH_BYTES + Number(length);
  if (start > bytes.length) throw truncated();
  let header: unknown;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    header = JSON.parse(decoder.decode(bytes.subarray(LENGTH_BYTES, start)));
  } catch {
    throw damaged(what, 'its header is no JSON');
  }
  if (!isRecord(header)) throw damaged(what, 'its header is no JSON object');
  return { header, start };
}

function parseEntry(name: string, entry: unknown, what: string) {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (dtype !== 'F32') {
    throw damaged(what, `array "${name}" has dtype ${JSON.stringify(dtype)}, this program reads F32`);
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw damaged(what, `array "${name}" has no valid shape and offsets`);
  }
  const [from, to] = offsets;
  if (to - from !== 4 * elements(shape)) {
    throw damaged(what, `array "${name}" of shape [${shape.join(', ')}] spans ${to - from} bytes`);
  }
  return { shape, from, to };
}

function parseMetadata(entry: unknown, what: string): Record<string, string> {
  if (isRecord(entry) && Object.values(entry).every((value) => typeof value === 'string')) {
    return entry as Record<string, string>;
  }
  throw damaged(what, `${METADATA} is not text by name`);
}

function damaged(what: string, problem: string): Error {
  return new Error(
    `${what}: damaged or no safetensors file: ${problem}; restore it or use another checkpoint`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Sets a property whatever its name is, "__proto__" too. */
function define<T>(record: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The order of Rust's strings, which is that of their UTF-8 bytes; JavaScript's own order is by UTF-16. */
function byCodePoint(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = x[i].codePointAt(0)! - y[i].codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
