import { normal } from '@orrery/random';
import { size } from '@orrery/graph';
import type { Initialiser } from './initialisers.ts';

/**
 * A kernel [..., O] that, as a matrix with O columns, has orthonormal columns or rows, whichever are fewer, times `gain`:
 * Saxe et al. (2014), section 3. It is the Q of a Gaussian matrix's QR decomposition with a positive diagonal of R, so
 * that it is drawn evenly from all such matrices (Mezzadri, 2007); jax.nn.initializers.orthogonal gives the same.
 */
export function orthogonal(gain = 1): Initialiser {
  return (key, shape) => {
    const columns = shape[shape.length - 1] ?? 1;
    const rows = size(shape) / columns;
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    const q = orthonormalColumns(Float64Array.from(normal(key, long * short)), long, short);
    const turned = rows < columns;
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      return gain * (turned ? q[column * short + row] : q[row * short + column]);
    });
  };
}

/** Gram and Schmidt's process, twice over, which is as exact as Householder's (Giraud et al., 2005). */
function orthonormalColumns(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const q = matrix.slice();
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += q[row * columns + a] * q[row * columns + b];
    return sum;
  };
  for (let column = 0; column < columns; column++) {
    for (let round = 0; round < 2; round++) {
      for (let before = 0; before < column; before++) {
        const part = dot(before, column);
        for (let row = 0; row < rows; row++) q[row * columns + column] -= part * q[row * columns + before];
      }
    }
    const length = Math.sqrt(dot(column, column));
    for (let row = 0; row < rows; row++) q[row * columns + column] /= length;
  }
  return q;
}
