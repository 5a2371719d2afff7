/** Writes protocol buffers: https://protobuf.dev/programming-guides/encoding. */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** The bytes of a message, field by field in the order of the calls. */
export class ProtobufWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** @param value a safe integer; a negative one takes ten bytes, as int32, int64 and enums do */
  integer(field: number, value: number): this {
    if (!Number.isSafeInteger(value)) throw new Error(`protobuf: ${value} is no safe integer; round it`);
    this.#tag(field, VARINT);
    if (value >= 0) this.#varint(value);
    else this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  double(field: number, value: number): this {
    this.#tag(field, FIXED_64);
    return this.#raw(new Uint8Array(Float64Array.of(value).buffer));
  }

  float(field: number, value: number): this {
    this.#tag(field, FIXED_32);
    return this.#raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.length);
    return this.#raw(value);
  }

  /** @param write writes the fields of the nested message */
  message(field: number, write: (writer: this) => void): this {
    this.#tag(field, LENGTH_DELIMITED);
    const start = this.#length;
    write(this);
    // The length goes first and is known last.
    const length = this.#length - start;
    const shift = varintSize(length);
    this.#reserve(shift);
    this.#bytes.copyWithin(start + shift, start, this.#length);
    this.#length = start;
    this.#varint(length);
    this.#length += length;
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #bigVarint(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) + 128;
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
