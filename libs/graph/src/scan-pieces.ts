import { size } from './extents.ts';
import type { ScanLoop, Shape } from './tensor.ts';

/** Where an output of a scan's loop lies in the scan's result. */
export interface ScanPiece {
  readonly start: number;
  readonly size: number;
  /** A carry as it is; what is stacked with the steps before. */
  readonly shape: Shape;
}

/** One an output, in their order. */
export function scanPieces({ outputs, carries, steps }: ScanLoop): ScanPiece[] {
  let start = 0;
  return outputs.map((output, i) => {
    const shape = i < carries ? output.shape : [steps, ...output.shape];
    const piece = { start, size: size(shape), shape };
    start += piece.size;
    return piece;
  });
}
