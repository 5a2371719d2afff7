/** Depth, segmentation and optical flow as pictures for people. */
import type { Picture } from '../picture/picture.ts';
import { inferno } from './inferno.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is not there: no body behind the pixel. */
const NOTHING = [24, 26, 30] as const;

/** The smallest and the largest finite value, or undefined where there is none. */
export function finiteRange(values: Float32Array): [number, number] | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

/**
 * Near is bright and far is dark, over `range`; nothing is slate.
 * @param depth [H, W] m, infinite where there is nothing
 */
export function depthPicture(
  depth: Float32Array,
  { width, height }: Size,
  [near, far]: readonly [number, number],
): Picture {
  const data = new Uint8Array(width * height * 3);
  depth.forEach((metres, i) => {
    // The darkest and the brightest end are left out, so that depths differ from nothing and from paper.
    const color = Number.isFinite(metres)
      ? inferno(0.95 - 0.8 * Math.min(1, Math.max(0, (metres - near) / Math.max(far - near, 1e-9))))
      : NOTHING;
    data.set(color, i * 3);
  });
  return { width, height, data };
}

/** Hues a golden angle apart, so that neighbouring numbers and any few of them are easy to tell. */
export function labelColor(label: number): readonly [number, number, number] {
  if (label === 0) return NOTHING;
  const hue = (label - 1) * 0.381966011250105 + 0.02;
  const lightness = [0.55, 0.72, 0.42][(label - 1) % 3]!;
  return hsl(hue - Math.floor(hue), 0.62, lightness);
}

/** @param labels [H, W] 0 for nothing, else a body's number */
export function labelPicture(labels: Uint8Array, { width, height }: Size): Picture {
  const data = new Uint8Array(width * height * 3);
  labels.forEach((label, i) => data.set(labelColor(label), i * 3));
  return { width, height, data };
}

/**
 * The colour wheel of optical flow: hue is the direction, strength is the speed; what rests is white.
 * Source: Baker et al., "A Database and Evaluation Methodology for Optical Flow", IJCV 2011, with an even wheel.
 * @param flow [H, W, 2] pixels to the right and downwards; NaN or infinite where it is not known
 * @param largest pixels at which the colour is full
 */
export function flowPicture(flow: Float32Array, { width, height }: Size, largest: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [flow[2 * i]!, flow[2 * i + 1]!];
    const length = Math.sqrt(x * x + y * y);
    if (!Number.isFinite(length)) data.set(NOTHING, i * 3);
    else {
      const strength = Math.min(1, length / Math.max(largest, 1e-9));
      const turn = length === 0 ? 0 : Math.atan2(y, x) / (2 * Math.PI);
      data.set(hsl(turn - Math.floor(turn), 1, 1 - 0.5 * strength), i * 3);
    }
  }
  return { width, height, data };
}

/** @param hue in turns, 0 to 1 @returns sRGB, 0 to 255 */
function hsl(hue: number, saturation: number, lightness: number): [number, number, number] {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + 12 * hue) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
