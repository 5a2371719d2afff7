/** onnxruntime, in the thread that calls: what onnxruntime-node and onnxruntime-web have in common. */
import { fromBits, toBits } from './half.ts';
import { outputName } from './names.ts';
import type { Provider } from './providers.ts';
import type { Signature, TensorType } from './signature.ts';
import type { TensorData } from './session.ts';
import type { DType } from '@orrery/graph';
import type * as OnnxRuntime from 'onnxruntime-common';
import type { InferenceSession, Tensor } from 'onnxruntime-common';

/** What onnxruntime may rewrite; see its documentation of graph optimizations. */
export type OptimizationLevel = 'disabled' | 'basic' | 'extended' | 'layout' | 'all';

export interface RuntimeOptions {
  readonly provider: Provider;
  readonly threads: number;
  readonly optimization: OptimizationLevel;
  /** Whether idle threads wait in a busy loop for the next operator. */
  readonly spinning: boolean;
  /** Path prefix of a trace that is written on close, for chrome://tracing. */
  readonly profile?: string;
}

export interface Runtime {
  readonly signature: Signature;
  /** Runs follow one another; feeds are read when their turn comes. */
  run(
    feeds: Readonly<Record<string, TensorData>>,
    outputs: readonly string[],
  ): Promise<Record<string, TensorData>>;
  /** Waits for the runs that were asked for. */
  close(): Promise<void>;
}

/** The part of onnxruntime's JavaScript API that is used, which all its packages share. */
export type Library = Pick<typeof OnnxRuntime, 'InferenceSession' | 'Tensor'>;

const typeNames = {
  f32: 'float32',
  f64: 'float64',
  f16: 'float16',
  i32: 'int32',
  u32: 'uint32',
  u8: 'uint8',
  bool: 'bool',
} as const;
const dtypes = new Map<string, DType>(
  Object.entries(typeNames).map(([dtype, type]) => [type, dtype as DType]),
);

/**
 * @param model an ONNX file's bytes
 * @param explain what a failure to load says about the provider; undefined where it is the model's fault
 * @throws when the bytes are no model that onnxruntime accepts, or what `explain` returns
 */
export async function openRuntime(
  library: Library,
  model: Uint8Array,
  options: RuntimeOptions,
  explain: (error: unknown) => Error | undefined = () => undefined,
): Promise<Runtime> {
  const session = await createSession(library, model, options).catch((error: unknown) => {
    const reason = `onnxruntime cannot load the model: ${firstLine(error)}`;
    throw explain(error) ?? new Error(reason, { cause: error });
  });
  const inputs = typesOf(session.inputMetadata);
  const inFile = new Map(session.outputNames.map((name) => [outputName(name, inputs), name]));
  const outputs = typesOf(session.outputMetadata, (name) => outputName(name, inputs));
  const compute: Runtime['run'] = async (feeds, wanted) => {
    const tensors: Record<string, Tensor> = {};
    for (const [name, { dtype, shape, data }] of Object.entries(feeds)) {
      tensors[name] = tensorOf(library, dtype, shape, data);
    }
    const names = wanted.map((name) => inFile.get(name)!);
    const results = await session.run(tensors, names).catch((error: unknown) => {
      throw new Error(`onnxruntime: ${firstLine(error)}`, { cause: error });
    });
    return Object.fromEntries(
      wanted.map((name) => {
        const { dims, type, data } = results[inFile.get(name)!];
        const dtype = dtypes.get(type)!;
        return [name, { dtype, shape: dims, data: onHost(dtype, data as TensorData['data']) }];
      }),
    );
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    signature: { inputs, outputs },
    run(feeds, wanted) {
      const result = turn.then(() => compute(feeds, wanted));
      turn = result.catch(() => {});
      return result;
    },
    async close() {
      await turn;
      if (options.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

async function createSession(
  library: Library,
  model: Uint8Array,
  { provider, threads, optimization, spinning, profile }: RuntimeOptions,
): Promise<InferenceSession> {
  return library.InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimization,
    // A pattern is planned after the first step of a scan, in memory beside what that step took: twice as much, and no
    // faster.
    enableMemPattern: false,
    // Errors are thrown: none goes to stderr, past any progress bar.
    logSeverityLevel: 4,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
  });
}

function typesOf(
  metadata: readonly InferenceSession.ValueMetadata[],
  rename = (name: string) => name,
): Record<string, TensorType> {
  return Object.fromEntries(
    metadata.map((value) => {
      const dtype = value.isTensor ? dtypes.get(value.type) : undefined;
      if (!value.isTensor || dtype === undefined) {
        const type = value.isTensor ? value.type : 'no tensor';
        throw new Error(
          `onnx value "${value.name}" is ${type}; convert it to ${[...dtypes.keys()].join(', ')}`,
        );
      }
      const dynamic = value.shape.find((extent) => typeof extent !== 'number');
      if (dynamic !== undefined) {
        throw new Error(
          `onnx value "${value.name}": axis "${dynamic}" has no fixed size; export it with static shapes`,
        );
      }
      return [rename(value.name), { dtype, shape: value.shape as number[] }];
    }),
  );
}

/** bf16 is f32 in files. */
function carrier(dtype: DType): keyof typeof typeNames {
  return dtype === 'bf16' ? 'f32' : dtype;
}

function tensorOf(
  library: Library,
  dtype: DType,
  shape: readonly number[],
  data: TensorData['data'],
): Tensor {
  const stored = dtype === 'f16' ? toBits(data as Float32Array, dtype) : ownBuffer(data);
  // The constructor's types know each name with its array alone.
  const tensor = new library.Tensor(typeNames[carrier(dtype)] as 'float32', stored as Float32Array, shape);
  // It turns bits into the engine's own array of f16, of which onnxruntime-node reads nothing.
  return dtype === 'f16' ? Object.defineProperty(tensor, 'data', { value: stored }) : tensor;
}

/** Newer engines give f16 as an array of that type, older ones its bits. */
function onHost(dtype: DType, data: TensorData['data']): TensorData['data'] {
  if (dtype !== 'f16') return data;
  return data instanceof Uint16Array ? fromBits(data, dtype) : Float32Array.from(data);
}

/** onnxruntime refuses memory that threads share. */
function ownBuffer<T extends TensorData['data']>(data: T): T {
  const shared = typeof SharedArrayBuffer !== 'undefined' && data.buffer instanceof SharedArrayBuffer;
  return (shared ? data.slice() : data) as T;
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'no reason was given'
  );
}
