import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment, runPython } from '@orrery/python';
import { describe, expect, test } from 'vitest';
import type { MetricsLine } from './metrics.ts';
import { EVENTS_FILE, openEvents, scalarsOf } from './tensorboard.ts';

const step = (n: number, loss: number): MetricsLine => ({
  ...{ step: n, loss, gradientNorm: 0.5, learningRate: 0.25, metrics: { rmse: 2 * loss } },
  time: {
    at: `2026-11-25T08:00:0${n}.500Z`,
    seconds: n,
    samplesPerSecond: 8,
    gflops: 3,
    mfu: 0.75,
    peak: 'p',
  },
});
const lines: MetricsLine[] = [
  step(1, 1.5),
  step(2, 1.25),
  { step: 2, validation: { loss: 1.125, metrics: { rmse: 3 } } },
];
const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'orrery-events-'));

/** CRC-32C bit by bit, as RFC 3720 appendix B.4 has it, masked as TFRecord wants it. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const plain = BigInt(~crc >>> 0);
  return Number((((plain >> 15n) | (plain << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The data of each record, of which every checksum holds. */
function records(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

describe('event files', () => {
  test('records with lengths and checksums, the version first', async () => {
    const folder = temporaryFolder();
    const events = await openEvents(folder, lines.slice(0, 1));
    await events.append(lines.slice(1));
    const found = records(readFileSync(join(folder, EVENTS_FILE)));
    expect(found).toHaveLength(4);
    expect(found[0].toString('latin1')).toContain('brain.Event:2');
    // Field 1, a double: seconds since 1970.
    expect(found[1].readDoubleLE(1)).toBe(Date.parse('2026-11-25T08:00:01.500Z') / 1000);
    expect(found[3].readDoubleLE(1)).toBe(found[2].readDoubleLE(1));
  });

  test('opened anew, it holds what the lines hold: one file, the same bytes', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    const events = await openEvents(folder, []);
    await events.append(lines);
    await openEvents(other, lines);
    const bytes = readFileSync(join(folder, EVENTS_FILE));
    expect(readFileSync(join(other, EVENTS_FILE)).equals(bytes)).toBe(true);
    await openEvents(folder, lines.slice(0, 1));
    expect(readdirSync(join(folder, 'tensorboard'))).toHaveLength(1);
    expect(records(readFileSync(join(folder, EVENTS_FILE)))).toHaveLength(2);
  });

  test('training and validation share a group', () => {
    expect(Object.keys(scalarsOf(lines[0]))).toEqual(
      expect.arrayContaining(['loss/training', 'rmse/training', 'optimizer/learningRate', 'speed/mfu']),
    );
    expect(scalarsOf(lines[2])).toEqual({ 'loss/validation': 1.125, 'rmse/validation': 3 });
  });
});

const environment = await pythonEnvironment();

test("Python's TensorBoard reads every curve", async (context) => {
  if ('skipped' in environment) return context.skip(environment.skipped);
  const folder = temporaryFolder();
  await (await openEvents(folder, lines.slice(0, 1))).append(lines.slice(1));
  const program = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
print(json.dumps({tag: [[e.step, e.wall_time, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))`;
  const read = JSON.parse(
    await runPython(environment.python, '-c', [program, join(folder, 'tensorboard')]),
  ) as Record<string, [step: number, time: number, value: number][]>;
  const at = [1, 2].map((n) => Date.parse(`2026-11-25T08:00:0${n}.500Z`) / 1000);
  expect(read['loss/training']).toEqual([
    [1, at[0], 1.5],
    [2, at[1], 1.25],
  ]);
  expect(read['loss/validation']).toEqual([[2, at[1], 1.125]]);
  expect(read['speed/mfu'].map(([, , value]) => value)).toEqual([0.75, 0.75]);
  const tags = new Set(lines.flatMap((line) => Object.keys(scalarsOf(line))));
  expect(new Set(Object.keys(read))).toEqual(tags);
}, 300_000);
