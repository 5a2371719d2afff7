/**
 * Event files for TensorBoard, derived from `metrics.jsonl`, which stays the truth. The format: TFRecords (length, masked
 * CRC-32C of it, data, masked CRC-32C of that) of `tensorflow.Event` messages (tensorflow/core/util/event.proto).
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '@orrery/dataset';
import { ProtobufWriter } from '@orrery/onnx';
import { explainFileError, writeFileAtomic } from '@orrery/storage';
import type { MetricsLine } from './metrics.ts';

/** TensorBoard reads every file below a folder that has "tfevents" in its name. */
export const EVENTS_FILE = 'tensorboard/events.out.tfevents.0.orrery';

export interface EventFile {
  append(lines: readonly MetricsLine[]): Promise<void>;
}

/**
 * Writes the events of the lines there are, in place of an earlier file, and then appends.
 * @throws when the disk is full or read-only
 */
export async function openEvents(folder: string, lines: readonly MetricsLine[]): Promise<EventFile> {
  const path = join(folder, EVENTS_FILE);
  const clock = { seconds: 0 };
  const bytes = [versionRecord(), ...lines.map((line) => recordOf(line, clock))];
  await writeFileAtomic(path, Buffer.concat(bytes));
  return {
    async append(more) {
      try {
        await appendFile(path, Buffer.concat(more.map((line) => recordOf(line, clock))));
      } catch (error) {
        throw explainFileError(error, `cannot write ${path}`);
      }
    },
  };
}

/** The record that every event file begins with. */
function versionRecord(): Uint8Array {
  return record(new ProtobufWriter().double(1, 0).string(3, 'brain.Event:2').finish());
}

/** A line as an event. @param clock the time of the last step, which a validation has no own of */
function recordOf(line: MetricsLine, clock: { seconds: number }): Uint8Array {
  if ('time' in line) clock.seconds = Date.parse(line.time.at) / 1000 || clock.seconds;
  const event = new ProtobufWriter().double(1, clock.seconds).integer(2, line.step);
  event.message(5, (summary) => {
    for (const [tag, value] of Object.entries(scalarsOf(line)))
      summary.message(1, (entry) => entry.string(1, tag).float(2, value));
  });
  return record(event.finish());
}

/** The curves that a line adds a point to: training and validation share a group where both have a curve. */
export function scalarsOf(line: MetricsLine): Record<string, number> {
  const prefixed = (prefix: string, record: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [`${name}/${prefix}`, value]));
  if ('validation' in line) {
    const { loss, metrics } = line.validation;
    return prefixed('validation', { loss, ...metrics });
  }
  const { loss, metrics, gradientNorm, learningRate, time } = line;
  const { samplesPerSecond, gflops, mfu } = time;
  return {
    ...prefixed('training', { loss, ...metrics }),
    'optimizer/gradientNorm': gradientNorm,
    'optimizer/learningRate': learningRate,
    'speed/samplesPerSecond': samplesPerSecond,
    'speed/gflops': gflops,
    ...(mfu === undefined ? {} : { 'speed/mfu': mfu }),
  };
}

/** A TFRecord. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(bytes.subarray(0, 8))), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return bytes;
}

/** Rotated and shifted, so that checksums of data that hold checksums stay good (tensorflow/tsl/lib/hash/crc32c.h). */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
