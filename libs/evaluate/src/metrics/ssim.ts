/**
 * Structural similarity. Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
 * structural similarity" (2004), equation 13 with its section III.C: Gaussian window of 11x11, sigma 1.5, K1 = 0.01,
 * K2 = 0.03, averaged over the windows that lie wholly inside the picture, then over the colour channels.
 */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const RADIUS = 5;
const SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** Half of the window, from its centre outwards. */
const [W0, W1, W2, W3, W4, W5] = (() => {
  const weights = Array.from({ length: RADIUS + 1 }, (_, i) => Math.exp(-(i ** 2) / (2 * SIGMA ** 2)));
  const sum = 2 * weights.reduce((a, b) => a + b) - weights[0];
  return Float64Array.from(weights, (w) => w / sum);
})();
const SIDE = 2 * RADIUS + 1;

/**
 * @param a [H, W, 3] u8
 * @param b [H, W, 3] u8
 * @returns 1 when equal, at least -1
 * @throws when a side is shorter than the window
 */
export function ssim(a: Uint8Array, b: Uint8Array, { width, height }: PictureSize): number {
  if (width < SIDE || height < SIDE)
    throw new Error(
      `SSIM: a picture of ${width}x${height} is smaller than its window; use ${SIDE}x${SIDE} or more`,
    );
  if (a.length !== width * height * 3 || b.length !== a.length)
    throw new Error(
      `SSIM: ${a.length} and ${b.length} values are not two RGB pictures of ${width}x${height}; give [H, W, 3]`,
    );
  if (a.every((value, i) => value === b[i])) return 1;
  const moments = Array.from({ length: 4 }, () => new Float64Array(width * height));
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) sum += channelSsim(a, b, channel, { width, height }, moments);
  return sum / 3;
}

/** @param moments room for four pictures */
function channelSsim(
  a: Uint8Array,
  b: Uint8Array,
  channel: number,
  { width, height }: PictureSize,
  moments: readonly Float64Array[],
): number {
  // The two variances are only needed as their sum.
  const [meanA, meanB, squares, product] = moments;
  for (let i = 0, at = channel; i < width * height; i++, at += 3) {
    const u = a[at] / 255;
    const v = b[at] / 255;
    meanA[i] = u;
    meanB[i] = v;
    squares[i] = u * u + v * v;
    product[i] = u * v;
  }
  for (const moment of moments) smooth(moment, width, height);
  let sum = 0;
  for (let y = RADIUS; y < height - RADIUS; y++)
    for (let i = y * width + RADIUS; i < (y + 1) * width - RADIUS; i++) {
      const ma = meanA[i];
      const mb = meanB[i];
      const covariance = product[i] - ma * mb;
      const variances = squares[i] - ma * ma - mb * mb;
      sum += ((2 * ma * mb + C1) * (2 * covariance + C2)) / ((ma * ma + mb * mb + C1) * (variances + C2));
    }
  return sum / ((width - 2 * RADIUS) * (height - 2 * RADIUS));
}

/** Weighs with the window in place, which is separable; only windows inside the picture come out right. */
function smooth(picture: Float64Array, width: number, height: number): void {
  const line = new Float64Array(Math.max(width, height));
  for (let y = 0; y < height; y++) smoothLine(picture, y * width, 1, width, line);
  for (let x = RADIUS; x < width - RADIUS; x++) smoothLine(picture, x, width, height, line);
}

/** @param line room for a row or a column */
function smoothLine(
  picture: Float64Array,
  start: number,
  stride: number,
  count: number,
  line: Float64Array,
): void {
  for (let i = 0, at = start; i < count; i++, at += stride) line[i] = picture[at];
  for (let i = RADIUS, at = start + RADIUS * stride; i < count - RADIUS; i++, at += stride)
    picture[at] =
      W0 * line[i] +
      W1 * (line[i - 1] + line[i + 1]) +
      W2 * (line[i - 2] + line[i + 2]) +
      W3 * (line[i - 3] + line[i + 3]) +
      W4 * (line[i - 4] + line[i + 4]) +
      W5 * (line[i - 5] + line[i + 5]);
}
