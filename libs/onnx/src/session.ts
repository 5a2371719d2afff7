/** A loaded graph that can be run, on whatever backend. */
import { allocate, formatShape, size, stores } from '@orrery/graph';
import type { DType, Shape, TypedArray } from '@orrery/graph';
import { formatType, list } from './signature.ts';
import type { Signature, TensorType } from './signature.ts';

/** A tensor's values, row-major. bool is stored as 0 and 1 in bytes, f16 and bf16 as f32. */
export interface TensorData extends TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

/** Typed arrays take the shape and dtype that the graph names. */
export type SessionFeeds = Readonly<Record<string, TensorData | TypedArray>>;

export interface RunOptions {
  /**
   * Hands over the feeds' buffers instead of copying them where the backend is another thread: arrays that fill their
   * buffer are empty afterwards.
   */
  readonly transfer?: boolean;
}

export interface Session {
  /** Names, dtypes and shapes that `run` takes and returns. */
  readonly signature: Signature;
  /**
   * Runs of one session follow one another. Where the backend is this thread, feeds must stay as they are until the
   * run has ended.
   * @param feeds a value for each input
   * @param outputs names of those wanted; all by default
   * @throws when feeds do not match the signature, an output is unknown, or the backend fails
   */
  run(
    feeds: SessionFeeds,
    outputs?: readonly string[],
    options?: RunOptions,
  ): Promise<Record<string, TensorData>>;
  /** Frees what the session holds, after the runs that have begun. May be called again. */
  close(): Promise<void>;
}

/**
 * The feeds with their types, if they are what the signature asks for.
 * @throws naming the input that is missing, unknown, or of another dtype or size
 */
export function checkFeeds({ inputs }: Signature, feeds: SessionFeeds): Record<string, TensorData> {
  for (const name of Object.keys(feeds)) {
    if (!Object.hasOwn(inputs, name)) {
      throw new Error(`input "${name}": the graph has no such input; it has ${list(inputs)}`);
    }
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, type]) => {
      const feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
      if (!feed) throw new Error(`input "${name}": nothing was fed; give ${formatType(type)}`);
      return [name, checkFeed(name, type, feed)];
    }),
  );
}

function checkFeed(name: string, type: TensorType, feed: TensorData | TypedArray): TensorData {
  const data = 'data' in feed ? feed.data : feed;
  const fed = 'data' in feed ? formatType(feed) : `${data.length} values`;
  const fits = !('data' in feed) || formatType(feed) === formatType(type);
  if (!fits || data.length !== size(type.shape)) {
    const given = fits && 'data' in feed ? `${fed} with ${data.length} values` : fed;
    throw new Error(`input "${name}": ${given} fed; give ${formatType(type)}, ${size(type.shape)} values`);
  }
  if (!stores(type.dtype, data)) {
    const storage = allocate(type.dtype, 0).constructor.name;
    throw new Error(
      `input "${name}": a ${data.constructor.name} was fed; give ${storage} for ${type.dtype} ${formatShape(type.shape)}`,
    );
  }
  return { ...type, data };
}

/** @throws when an output is not one of the graph's */
export function checkOutputs({ outputs }: Signature, wanted: readonly string[]): readonly string[] {
  for (const name of wanted) {
    if (!Object.hasOwn(outputs, name)) {
      throw new Error(`output "${name}": the graph has no such output; it has ${list(outputs)}`);
    }
  }
  return wanted;
}
