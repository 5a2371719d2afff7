/** The colours of bodies that a reader of frames shall tell apart. */
import type { Color } from '../quantities.ts';

/**
 * Saturated, and at least 25 degrees apart in hue, so that shading does not mix them up in a frame; the first five are
 * at least 50 degrees apart as drawn (sRGB).
 */
export const PALETTE: readonly (readonly [string, Color])[] = [
  ['red', [0.85, 0.03, 0.03]],
  ['green', [0.03, 0.6, 0.03]],
  ['blue', [0.05, 0.05, 0.9]],
  ['yellow', [0.85, 0.66, 0.02]],
  ['magenta', [0.8, 0.03, 0.75]],
  ['cyan', [0.02, 0.62, 0.62]],
  ['violet', [0.42, 0.03, 0.88]],
  ['lime', [0.4, 0.65, 0.02]],
  ['rose', [0.9, 0.04, 0.47]],
  ['azure', [0.02, 0.45, 0.88]],
  ['spring', [0.02, 0.6, 0.31]],
];

/** Light and dark squares of the same hue: turning shows, and the colour still tells which body it is. */
export const turning = (color: Color, size: number) => ({
  color,
  pattern: {
    kind: 'checker' as const,
    color: color.map((c) => 0.35 * c) as Color,
    size,
  },
});

/** A pale tint, for marks of where a body of that colour belongs: too pale to be taken for the body. */
export const tint = (color: Color): Color => color.map((c) => 0.5 + 0.35 * c) as Color;
