/** Copies boxes between row-major arrays: chunks into clips, and arrays into chunks. */
import type { TypedArray } from './dtype.ts';

/** A row-major array and the corner of a box in it. */
export interface Corner<A extends TypedArray = TypedArray> {
  readonly data: A;
  readonly shape: readonly number[];
  readonly start: readonly number[];
}

/** Copies a box of `size` elements along each axis; both arrays have the same element type and number of axes. */
export function copyBox(from: Corner, to: Corner, size: readonly number[]): void {
  if (size.includes(0)) return;
  // Trailing axes that the box fills in both arrays are one run of memory with the axis before them.
  let last = size.length - 1;
  let inner = 1;
  while (last > 0 && size[last] === from.shape[last] && size[last] === to.shape[last]) inner *= size[last--]!;

  const walk = (axis: number, fromRow: number, toRow: number): void => {
    const source = fromRow * from.shape[axis]! + from.start[axis]!;
    const target = toRow * to.shape[axis]! + to.start[axis]!;
    if (axis < last) {
      for (let i = 0; i < size[axis]!; i++) walk(axis + 1, source + i, target + i);
    } else {
      const run = from.data.subarray(source * inner, (source + size[axis]!) * inner);
      (to.data as Uint8Array).set(run as Uint8Array, target * inner);
    }
  };
  walk(0, 0, 0);
}
