/** Pictures in memory, put together from smaller ones, and as PNG files. */
import { encode } from 'fast-png';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] sRGB, row 0 at the top */
  readonly data: Uint8Array;
}

/** sRGB, 0 to 255 */
export type Rgb = readonly [number, number, number];

export function blank(width: number, height: number, [r, g, b]: Rgb): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = r;
    data[i + 1] = g;
    data[i + 2] = b;
  }
  return { width, height, data };
}

/**
 * Copies `picture` into `onto`, enlarged by a whole number without smoothing; what lies outside is cut off.
 * @param left, top place of the upper left pixel in `onto`
 */
export function paste(picture: Picture, onto: Picture, left: number, top: number, scale = 1): void {
  for (let y = Math.max(0, top); y < Math.min(onto.height, top + picture.height * scale); y++)
    for (let x = Math.max(0, left); x < Math.min(onto.width, left + picture.width * scale); x++) {
      const row = Math.floor((y - top) / scale);
      const from = (row * picture.width + Math.floor((x - left) / scale)) * 3;
      onto.data.set(picture.data.subarray(from, from + 3), (y * onto.width + x) * 3);
    }
}

/** The picture enlarged by a whole number without smoothing. */
export function enlarge(picture: Picture, scale: number): Picture {
  if (scale === 1) return picture;
  const large = blank(picture.width * scale, picture.height * scale, [0, 0, 0]);
  paste(picture, large, 0, 0, scale);
  return large;
}

/** A PNG file; the same picture gives the same bytes on every machine. */
export function encodePng({ width, height, data }: Picture): Uint8Array {
  return encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 9 } });
}
