/**
 * How much of each pixel a body covers, from colour alone.
 *
 * A pixel shows p = Σ A_k c_k + T b: the colours c_k of bodies by their shaded amounts A_k, and the empty background b
 * by T. Shading scales A_k but not the hue, so the amounts are found by non-negative least squares over one body and
 * the background, or over two bodies that touch. A bright side must not weigh more than a dark one, so amounts are
 * compared with what their neighbourhood reaches: coverage is (A/s) / (A/s + T/σ), with s and σ the brightness of the
 * body and of the (perhaps shadowed) background right there.
 */
import type { Color } from '@orrery/scene';
import { LINEAR } from './color.ts';

export interface Palette {
  readonly width: number;
  readonly height: number;
  /** [M] linear RGB of the bodies to find */
  readonly colors: readonly Color[];
  /** [H, W, 3] linear RGB of the picture without these bodies */
  readonly background: Float64Array;
  /** Light that reaches every surface: a body is at least this bright, 0 to 1. */
  readonly ambient: number;
}

/** Linear light below which a difference from the background is noise. */
const NOISE = 0.02;
/** Background darker than this is no evidence of what covers it. */
const DARK = 1e-3;
/** A mismatch of hue of this share of a body's light counts as another thing. */
const MISMATCH = 0.6;

/**
 * @param rgb [H, W, 3] u8 sRGB
 * @returns [M, H, W] in [0, 1]
 */
export function coverage(rgb: Uint8Array, palette: Palette): Float64Array {
  const { width, height, colors } = palette;
  const pixels = width * height;
  const amounts = new Float64Array(colors.length * pixels);
  const empty = new Float64Array(pixels);
  const quality = new Float64Array(pixels);
  for (let i = 0; i < pixels; i++) unmix(rgb, i, palette, amounts, empty, quality);

  const shares = new Float64Array(colors.length * pixels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (quality[i] === 0) continue;
      let total = 0;
      for (let k = 0; k < colors.length; k++) {
        const amount = amounts[k * pixels + i];
        if (amount === 0) continue;
        const reach = neighbourhoodMax(amounts, k * pixels, x, y, width, height);
        const share = amount / Math.max(reach, palette.ambient);
        shares[k * pixels + i] = share;
        total += share;
      }
      const reach = neighbourhoodMax(empty, 0, x, y, width, height);
      total += empty[i] / Math.min(Math.max(reach, palette.ambient), 1);
      for (let k = 0; k < colors.length; k++) shares[k * pixels + i] *= quality[i] / Math.max(total, 1e-9);
    }
  return shares;
}

/** Largest value in the 3x3 pixels around (x, y) of the map that starts at `offset`. */
function neighbourhoodMax(
  map: Float64Array,
  offset: number,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  let max = 0;
  for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++)
    for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++)
      max = Math.max(max, map[offset + v * width + u]);
  return max;
}

/** Explains pixel `i`: writes each body's amount, the background's, and how well that fits (0 to 1). */
function unmix(
  rgb: Uint8Array,
  i: number,
  { width, height, colors, background, ambient }: Palette,
  amounts: Float64Array,
  empty: Float64Array,
  quality: Float64Array,
): void {
  // Most pixels show the background and nothing else: they are done before anything is allocated.
  const r = LINEAR[rgb[3 * i]];
  const g = LINEAR[rgb[3 * i + 1]];
  const l = LINEAR[rgb[3 * i + 2]];
  const br = background[3 * i];
  const bg = background[3 * i + 1];
  const bl = background[3 * i + 2];
  const square = br * br + bg * bg + bl * bl;
  const dark = square < DARK;
  const alone = dark ? 0 : (r * br + g * bg + l * bl) / square;
  empty[i] = alone;
  if ((r - alone * br) ** 2 + (g - alone * bg) ** 2 + (l - alone * bl) ** 2 < NOISE ** 2) return;

  const p: Color = [r, g, l];
  const b: Color = [br, bg, bl];
  let best: { fit: Fit; first: number; second: number } | undefined;
  for (let k = 0; k < colors.length; k++) {
    const fit = fitTwo(p, colors[k], b, dark);
    if (!best || fit.residual < best.fit.residual) best = { fit, first: k, second: -1 };
  }
  // Two bodies explain more than one does even where there is only one: they must explain it much better.
  if (best && best.fit.residual > NOISE) {
    const single = best.fit.residual;
    for (let k = 0; k < colors.length; k++)
      for (let j = k + 1; j < colors.length; j++) {
        const fit = fitTwo(p, colors[k], colors[j], false);
        if (fit.residual < Math.min(single / 2, best.fit.residual)) best = { fit, first: k, second: j };
      }
  }
  if (!best) return;
  const pixels = width * height;
  const { fit, first, second } = best;
  amounts[first * pixels + i] = fit.a;
  if (second >= 0) {
    amounts[second * pixels + i] = fit.b;
    empty[i] = 0;
  } else {
    // Where the background is black, what the body leaves uncovered is what it lacks in brightness.
    empty[i] = dark ? Math.max(0, 1 - fit.a / ambient) : fit.b;
  }
  const light = Math.max(fit.a * norm(colors[first]), second >= 0 ? fit.b * norm(colors[second]) : 0, 1e-9);
  quality[i] = Math.max(0, 1 - (fit.residual / (MISMATCH * light)) ** 2);
}

interface Fit {
  readonly a: number;
  readonly b: number;
  readonly residual: number;
}

/** Non-negative least squares p ≈ a u + b v; `single` leaves v out. */
function fitTwo(p: Color, u: Color, v: Color, single: boolean): Fit {
  const uu = dot(u, u);
  const vv = dot(v, v);
  const uv = dot(u, v);
  const pu = dot(p, u);
  const pv = dot(p, v);
  const determinant = uu * vv - uv * uv;
  let a = 0;
  let b = 0;
  if (!single && determinant > 1e-9) {
    a = (pu * vv - pv * uv) / determinant;
    b = (pv * uu - pu * uv) / determinant;
  }
  if (single || determinant <= 1e-9 || b < 0) {
    a = Math.max(0, pu / uu);
    b = 0;
  } else if (a < 0) {
    a = 0;
    b = Math.max(0, pv / vv);
  }
  return { a, b, residual: residual(p, u, a, v, b) };
}

/** |p - a u - b v| */
function residual(p: Color, u: Color, a: number, v: Color, b: number): number {
  return Math.hypot(p[0] - a * u[0] - b * v[0], p[1] - a * u[1] - b * v[1], p[2] - a * u[2] - b * v[2]);
}

function dot(a: Color, b: Color): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function norm(a: Color): number {
  return Math.sqrt(dot(a, a));
}
