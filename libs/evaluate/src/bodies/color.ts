/** Colour as light: what sRGB bytes mean, and hue. */
import { decodeSrgb } from '@orrery/render';
import type { Color } from '@orrery/scene';

/** Linear light in [0, 1] of an sRGB byte. */
export const LINEAR: Float64Array = Float64Array.from({ length: 256 }, (_, byte) => decodeSrgb(byte / 255));

/** Hue angle in degrees from 0 to 360; NaN for a grey. */
export function hue([r, g, b]: Color): number {
  const degrees = (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
  return r === g && g === b ? NaN : (degrees + 360) % 360;
}

/** 0 for a grey, 1 where a primary is missing. */
export function saturation(color: Color): number {
  const high = Math.max(...color);
  return high === 0 ? 0 : (high - Math.min(...color)) / high;
}

/** Angle between two hues, 0 to 180 degrees. */
export function hueDistance(a: Color, b: Color): number {
  const turn = Math.abs(hue(a) - hue(b));
  return Math.min(turn, 360 - turn);
}
