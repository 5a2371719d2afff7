/** For tests: programs on XLA's CPU back end and on the reference evaluator. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { allocate, evaluate, roundTo, sameShape, size } from '@orrery/graph';
import type { DType, Program, Shape, TypedArray } from '@orrery/graph';
import { disagreement } from '@orrery/graph/testing';
import { toStableHlo } from '../lowering.ts';
import type { LoweringOptions } from '../lowering.ts';
import { deviceCount } from '../sharding.ts';
import { bytesOf } from '../types.ts';

export interface Case {
  readonly program: Program;
  readonly feeds: Readonly<Record<string, TypedArray>>;
  readonly options?: LoweringOptions;
}

interface Encoded {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly base64: string;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Runs programs, all in one process. @returns for each its results in the order of its outputs */
export async function execute(
  python: string,
  cases: readonly Case[],
): Promise<{ dtype: DType; shape: Shape; data: TypedArray }[][]> {
  const jobs = cases.map(({ program, feeds, options }) => ({
    mlir: toStableHlo(program, options),
    mesh: options?.layout?.mesh ?? {},
    feeds: program.inputs.map(({ attributes: { name }, dtype, shape }) => ({
      ...encode(dtype, shape, feeds[name]),
      sharding: options?.layout?.inputs[name] ?? [],
    })),
    shardings: Object.keys(program.outputs).map((name) => options?.layout?.outputs[name] ?? []),
  }));
  const devices = Math.max(1, ...cases.map(({ options }) => deviceCount(options?.layout?.mesh ?? {})));
  const args = [path('../../reference/execute.py'), path('../../../bundle/runner'), String(devices)];
  const text = await new Promise<string>((resolve, reject) => {
    const child = execFile(python, args, { maxBuffer: 2 ** 30 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr.slice(-4000), { cause: error })) : resolve(stdout),
    );
    child.stdin!.end(JSON.stringify(jobs));
  });
  return (JSON.parse(text) as Encoded[][]).map((results) => results.map(decode));
}

/** By output, how much two disagree, as `disagreement` counts; Infinity where the types differ. */
export async function disagreements(
  python: string,
  cases: readonly Case[],
): Promise<Readonly<Record<string, number>>[]> {
  const results = await execute(python, cases);
  return cases.map(({ program, feeds }, k) => {
    const wanted = evaluate(program.outputs, feeds);
    return Object.fromEntries(
      Object.entries(program.outputs).map(([name, { dtype, shape }], i) => {
        const got = results[k][i];
        const same = got.dtype === dtype && sameShape(got.shape, shape);
        return [name, same ? disagreement(got.data, wanted[name], dtype) : Infinity];
      }),
    );
  });
}

function encode(dtype: DType, shape: Shape, values: TypedArray): Encoded {
  return {
    dtype,
    shape,
    base64: Buffer.from(bytesOf(roundTo(dtype, values.slice()), dtype)).toString('base64'),
  };
}

const readers: Readonly<Record<DType, (view: DataView, i: number) => number>> = {
  f32: (view, i) => view.getFloat32(4 * i, true),
  f64: (view, i) => view.getFloat64(8 * i, true),
  f16: (view, i) => half(view.getUint16(2 * i, true)),
  bf16: (view, i) => new Float32Array(Uint32Array.of(view.getUint16(2 * i, true) << 16).buffer)[0],
  i32: (view, i) => view.getInt32(4 * i, true),
  u32: (view, i) => view.getUint32(4 * i, true),
  u8: (view, i) => view.getUint8(i),
  bool: (view, i) => view.getUint8(i),
};

/** IEEE 754 binary16. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function decode({ dtype, shape, base64 }: Encoded): { dtype: DType; shape: Shape; data: TypedArray } {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const view = new DataView(bytes.buffer);
  const data = allocate(dtype, size(shape)).map((_, i) => readers[dtype](view, i));
  return { dtype, shape, data };
}
