import { expect, test } from 'vitest';
import { ProtobufWriter } from './protobuf.ts';

const hex = (writer: ProtobufWriter) => Buffer.from(writer.finish()).toString('hex');
const write = () => new ProtobufWriter();

test('encodes as the guide does', () => {
  // https://protobuf.dev/programming-guides/encoding: field 1 = 150; field 2 = "testing"; field 3 = { field 1 = 150 }
  expect(hex(write().integer(1, 150))).toBe('089601');
  expect(hex(write().string(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(write().message(3, (writer) => writer.integer(1, 150)))).toBe('1a03089601');
  // "-2 is encoded as ten bytes", two's complement
  expect(hex(write().integer(1, -2))).toBe('08feffffffffffffffff01');
});

test('encodes what google.protobuf does', () => {
  // BytesValue(value=b"\0\xff").SerializeToString().hex(), of google.protobuf.wrappers_pb2;
  // Int64Value(value=2**53 - 1); Int64Value(value=-(2**31))
  expect(hex(write().bytes(1, Uint8Array.of(0, 255)))).toBe('0a0200ff');
  expect(hex(write().integer(1, Number.MAX_SAFE_INTEGER))).toBe('08ffffffffffffff0f');
  expect(hex(write().integer(1, -(2 ** 31)))).toBe('0880808080f8ffffffff01');
});

test('writes fields in order, and tags of two bytes', () => {
  expect(hex(write().integer(1, 1).integer(1, 2).string(20, 'é'))).toBe('08010802' + 'a20102c3a9');
});

test('nests messages whose length takes more than a byte', () => {
  const inner = new Uint8Array(300).fill(7);
  const bytes = write()
    .message(1, (outer) => outer.message(2, (middle) => middle.bytes(3, inner)).integer(4, 5))
    .finish();
  // 3 + 300 inside 3 + 303 + 2: 1a ac 02 <300 bytes>, 12 af 02 ..., 0a b4 02 ...
  const head = Buffer.from(bytes.subarray(0, 9)).toString('hex');
  expect(head).toBe('0ab402' + '12af02' + '1aac02');
  expect(bytes.length).toBe(3 + 308);
  expect([...bytes.subarray(-3)]).toEqual([7, 0x20, 5]);
});

test('refuses numbers that are no integers', () => {
  expect(() => write().integer(1, 0.5)).toThrow('protobuf: 0.5 is no safe integer; round it');
  expect(() => write().integer(1, 2 ** 53)).toThrow('is no safe integer');
});
