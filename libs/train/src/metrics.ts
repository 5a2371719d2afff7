/** `metrics.jsonl`: one line a step, and one a validation. */
import { appendFile, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError, writeFileAtomic } from '@orrery/storage';

export const METRICS_FILE = 'metrics.jsonl';

export interface StepLine {
  /** The first update is 1. */
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** The model's own. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The only part that differs from run to run. */
  readonly time: {
    /** When its call returned, ISO 8601. */
    readonly at: string;
    /** Seconds of training since the start, of earlier processes too. */
    readonly seconds: number;
    readonly samplesPerSecond: number;
    /** Of matrix products and convolutions. */
    readonly gflops: number;
    /** Model FLOPs utilisation: `gflops` as a fraction of `peak`. */
    readonly mfu?: number;
    /** What the best possible was taken to be: "onnxruntime 1.30.0 on the CPU, f32 product of 512, 2 threads: 190 GFLOP/s". */
    readonly peak?: string;
  };
}

export interface ValidationLine {
  readonly step: number;
  readonly validation: { readonly loss: number; readonly metrics: Readonly<Record<string, number>> };
}

export type MetricsLine = StepLine | ValidationLine;

/** @throws when the disk is full or read-only */
export async function appendMetrics(folder: string, lines: readonly MetricsLine[]): Promise<void> {
  const path = join(folder, METRICS_FILE);
  try {
    await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  } catch (error) {
    throw explainFileError(error, `cannot write ${path}`);
  }
}

/** Every whole line; none where there is no file. */
export async function readMetrics(folder: string): Promise<MetricsLine[]> {
  const path = join(folder, METRICS_FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw explainFileError(error, `cannot read ${path}`);
  });
  return parseLines(text);
}

function parseLines(text: string): MetricsLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as MetricsLine];
    } catch {
      // A process that was killed may leave half a line at the end.
      return [];
    }
  });
}

/** What was logged since the last time it was asked: of a file that grows to millions of lines, only what is new is read. */
export interface MetricsFollower {
  next(): Promise<MetricsLine[]>;
}

/** @param folder of the run; nothing needs to be there yet. Where the file is replaced or cut, all of it is new. */
export function followMetrics(folder: string): MetricsFollower {
  const path = join(folder, METRICS_FILE);
  let read = { file: -1, bytes: 0 };
  return {
    async next() {
      const file = await open(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw explainFileError(error, `cannot read ${path}`);
      });
      if (!file) return [];
      try {
        const { ino, size } = await file.stat();
        if (ino !== read.file || size < read.bytes) read = { file: ino, bytes: 0 };
        const { buffer, bytesRead } = await file.read(
          Buffer.alloc(size - read.bytes),
          0,
          size - read.bytes,
          read.bytes,
        );
        // Half a line is read again when it is whole.
        const whole = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
        read = { ...read, bytes: read.bytes + whole };
        return parseLines(buffer.toString('utf8', 0, whole));
      } finally {
        await file.close();
      }
    },
  };
}

/** Forgets all after `step`: what training does again is logged again. @returns the lines that remain */
export async function truncateMetrics(folder: string, step: number): Promise<MetricsLine[]> {
  const lines = (await readMetrics(folder)).filter((line) => line.step <= step);
  await writeFileAtomic(
    join(folder, METRICS_FILE),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  return lines;
}
