/**
 * Checkpoints of several processes: each wrote a file of its own with the slices of arrays that it holds. The metadata
 * `slices` says by entry of the file which array it is of (`name`, `shape`) and where it begins there (`start`).
 */
import { z } from 'zod';
import type { NamedArray, Safetensors } from './safetensors.ts';

const indices = z.array(z.int().min(0)).readonly();
const slicesSchema = z.record(
  z.string(),
  z.strictObject({ name: z.string(), shape: indices, start: indices }),
);

export interface Part extends Safetensors {
  /** How errors call it. */
  readonly what: string;
}

/** @throws when a part does not say what its arrays are slices of, or together they do not fill an array */
export function joinParts(parts: readonly Part[]): Record<string, NamedArray> {
  const whole = new Map<string, NamedArray & { filled: number }>();
  for (const { arrays, metadata, what } of parts) {
    for (const [entry, { name, shape, start }] of Object.entries(slicesOf(metadata, what))) {
      const piece = Object.hasOwn(arrays, entry) ? arrays[entry] : undefined;
      const array = whole.get(name) ?? { shape, data: new Float32Array(product(shape)), filled: 0 };
      whole.set(name, array);
      const fits =
        piece?.shape.length === shape.length &&
        String(array.shape) === String(shape) &&
        shape.every((extent, axis) => start[axis] + piece.shape[axis] <= extent);
      if (!fits)
        throw new Error(`${what}: "${entry}" is no slice of "${name}" [${shape.join(', ')}]; ${REMEDY}`);
      place(piece, array, start);
      array.filled += piece.data.length;
    }
  }
  for (const [name, { data, filled }] of whole) {
    if (filled === data.length) continue;
    throw new Error(`${parts[0].what}: ${filled} of ${data.length} values of "${name}" are there; ${REMEDY}`);
  }
  return Object.fromEntries([...whole].map(([name, { shape, data }]) => [name, { shape, data }]));
}

const REMEDY = 'delete its .json to use the checkpoint before';

function slicesOf(metadata: Safetensors['metadata'], what: string): z.infer<typeof slicesSchema> {
  try {
    return slicesSchema.parse(JSON.parse(metadata.slices));
  } catch {
    throw new Error(`${what}: its metadata does not say what its arrays are slices of; ${REMEDY}`);
  }
}

/** Copies row by row of the last axis. */
function place(piece: NamedArray, whole: NamedArray, start: readonly number[]): void {
  const rank = piece.shape.length;
  const row = rank === 0 ? 1 : piece.shape[rank - 1];
  for (let at = 0; at < piece.data.length; at += row) {
    let [rest, to, stride] = [
      Math.floor(at / row),
      rank === 0 ? 0 : start[rank - 1],
      whole.shape[rank - 1] ?? 1,
    ];
    for (let axis = rank - 2; axis >= 0; axis--) {
      to += (start[axis] + (rest % piece.shape[axis])) * stride;
      rest = Math.floor(rest / piece.shape[axis]);
      stride *= whole.shape[axis];
    }
    whole.data.set(piece.data.subarray(at, at + row), to);
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, extent) => total * extent, 1);
}
