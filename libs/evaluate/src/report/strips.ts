/** Film strips: frames of one rollout side by side, as one PNG that the page shows enlarged without smoothing. */
import { encode } from 'fast-png';

/** Transparent pixels between frames. */
const GAP = 2;

/**
 * @param frames [T, H, W, 3] u8
 * @param steps indices of the frames to show, from left to right
 * @returns a data URI
 */
export function filmStrip(
  frames: Uint8Array,
  steps: readonly number[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const across = steps.length * (width + GAP) - GAP;
  const rgba = new Uint8Array(across * height * 4);
  steps.forEach((step, column) => {
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const from = ((step * height + y) * width + x) * 3;
        const to = (y * across + column * (width + GAP) + x) * 4;
        for (let c = 0; c < 3; c++) rgba[to + c] = frames[from + c];
        rgba[to + 3] = 255;
      }
  });
  const png = encode({ width: across, height, data: rgba, channels: 4, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
