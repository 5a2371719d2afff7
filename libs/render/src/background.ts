/**
 * What the camera sees of the planes alone, with and without light: rendered once, and again only when a plane moves.
 *
 * The light's direction is the same everywhere, so a plane has two colours (or four, with a checker); a frame without
 * solids is a copy, and a shadow's inside is a copy too.
 */
import type { Bodies, Light } from './bodies.ts';
import type { View } from './camera.ts';
import { hitPlane } from './intersect.ts';
import { sampleX, sampleY, SAMPLES } from './samples.ts';
import { planeParity } from './shade.ts';
import { encodeSrgb } from './srgb.ts';

/** The pixel shows one plane in one colour, or in two that hardly differ, or nothing. */
export const FLAT = 0;
/** The pixel shows one plane in two colours. */
export const PATTERNED = 1;
/** The pixel shows several planes, or a plane's horizon. */
export const MIXED = 2;

/** P = H W pixels. */
export interface Background {
  /** [P] m at the pixel's centre; Infinity where there is no plane */
  readonly depth: Float64Array;
  /** [P] the same as a frame holds it */
  readonly storedDepth: Float32Array;
  /** [P] index of the plane at the pixel's centre plus 1; 0 for none */
  readonly plane: Uint8Array;
  /** [P] FLAT, PATTERNED or MIXED */
  readonly surface: Uint8Array;
  /** [P, 3] linear RGB where light falls, and in the shadow */
  readonly lit: Float64Array;
  readonly unlit: Float64Array;
  /** [P, 3] the same in sRGB, 0 to 255 */
  readonly litCodes: Uint8Array;
  readonly unlitCodes: Uint8Array;
  /** Numbers that it was rendered from: see `isOutdated`; none before the first time. */
  source: Float64Array;
  /** Planes of which at least one sample was seen, and on which light falls: those that can show a shadow. */
  shadowed: number[];
}

export function createBackground(pixels: number): Background {
  return {
    source: new Float64Array(),
    depth: new Float64Array(pixels),
    storedDepth: new Float32Array(pixels),
    plane: new Uint8Array(pixels),
    surface: new Uint8Array(pixels),
    lit: new Float64Array(3 * pixels),
    unlit: new Float64Array(3 * pixels),
    litCodes: new Uint8Array(3 * pixels),
    unlitCodes: new Uint8Array(3 * pixels),
    shadowed: [],
  };
}

/** Numbers of `Background.source` for the light, camera and sky, and for each plane. */
const COMMON = 9;
const EACH = 20;

/**
 * Whether the background was rendered from other planes, light, sky or camera than these, or never; notes what they are
 * now. Pictures of one size share a background.
 */
export function isOutdated(
  background: Background,
  bodies: Bodies,
  light: Light,
  view: View,
  sky: readonly number[],
): boolean {
  const { planes, center, axes, color, checker } = bodies;
  const length = COMMON + EACH * planes.length;
  let outdated = background.source.length !== length;
  if (outdated) background.source = new Float64Array(length);
  const { source } = background;
  let at = 0;
  const { x, y, z, intensity, ambient } = light;
  // Pixels are positive, so their sign tells the two kinds of camera apart.
  for (const value of [x, y, z, intensity, ambient, ...sky, view.perspective ? -view.pixel : view.pixel])
    outdated = note(source, at++, value) || outdated;
  for (const n of planes) {
    outdated = note(source, at++, n) || outdated;
    outdated = note(source, at++, checker[n]) || outdated;
    for (let k = 3 * n; k < 3 * n + 3; k++) outdated = note(source, at++, center[k]) || outdated;
    for (let k = 9 * n; k < 9 * n + 9; k++) outdated = note(source, at++, axes[k]) || outdated;
    for (let k = 6 * n; k < 6 * n + 6; k++) outdated = note(source, at++, color[k]) || outdated;
  }
  return outdated;
}

/** Writes a value; returns whether it is another than before. */
function note(source: Float64Array, at: number, value: number): boolean {
  const isOther = source[at] !== value;
  source[at] = value;
  return isOther;
}

const point = new Float64Array(3);

/** Renders the planes into `out`. */
export function renderBackground(
  bodies: Bodies,
  light: Light,
  view: View,
  sky: readonly number[],
  out: Background,
): void {
  const { width, height } = view;
  const { lit, unlit } = tabulate(bodies, light, sky);
  const codes = new Uint16Array(width * height);
  const seen = new Uint8Array(bodies.count + 1);
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) {
      const code = look(bodies, view, column, row, CENTRE);
      codes[p] = code;
      out.depth[p] = nearest[0];
      out.plane[p] = code >> 1;
      out.surface[p] = FLAT;
      seen[code >> 1] = 1;
      for (let k = 0; k < 3; k++) {
        out.lit[3 * p + k] = lit[3 * code + k];
        out.unlit[3 * p + k] = unlit[3 * code + k];
      }
    }
  }
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) {
      if (!isFine(bodies, view, out.plane[p] - 1, column, row, out.depth[p])) {
        if (!differs(codes, width, height, column, row)) continue;
        if (isWhole(bodies, view, column, row, codes[p])) continue;
      }
      for (let k = 3 * p; k < 3 * p + 3; k++) out.lit[k] = out.unlit[k] = 0;
      let previous = -1;
      for (let s = 0; s < SAMPLES; s++) {
        const code = look(bodies, view, column, row, s);
        seen[code >> 1] = 1;
        for (let k = 0; k < 3; k++) {
          out.lit[3 * p + k] += lit[3 * code + k] / SAMPLES;
          out.unlit[3 * p + k] += unlit[3 * code + k] / SAMPLES;
        }
        if (code >> 1 !== out.plane[p]) out.surface[p] = MIXED;
        else if (
          previous >= 0 &&
          previous !== code &&
          out.surface[p] === FLAT &&
          !isSubtle(bodies, (code >> 1) - 1)
        ) {
          out.surface[p] = PATTERNED;
        }
        previous = code;
      }
    }
  }
  out.storedDepth.set(out.depth);
  for (let i = 0; i < out.lit.length; i++) {
    out.litCodes[i] = encodeSrgb(out.lit[i]);
    out.unlitCodes[i] = encodeSrgb(out.unlit[i]);
  }
  out.shadowed = bodies.planes.filter((n) => seen[n + 1] === 1 && facing(bodies, n, light) > 0);
}

/** Cosine of the angle between a plane's normal and the light; light falls on it where this is positive. */
function facing({ axes }: Bodies, n: number, light: Light): number {
  return axes[9 * n + 6] * light.x + axes[9 * n + 7] * light.y + axes[9 * n + 8] * light.z;
}

/** Linear RGB of each code that `look` returns, [2 (N + 1), 3], with and without light. */
function tabulate(bodies: Bodies, light: Light, sky: readonly number[]) {
  const lit = new Float64Array(6 * (bodies.count + 1));
  const unlit = new Float64Array(6 * (bodies.count + 1));
  lit.set(sky);
  unlit.set(sky);
  for (const n of bodies.planes) {
    const strength = light.ambient + light.intensity * Math.max(0, facing(bodies, n, light));
    for (let k = 0; k < 6; k++) {
      lit[6 * (n + 1) + k] = bodies.color[6 * n + k] * strength;
      unlit[6 * (n + 1) + k] = bodies.color[6 * n + k] * light.ambient;
    }
  }
  return { lit, unlit };
}

/** Places in a pixel, in pixels from its centre: the samples, the corners of the square that holds them, the centre. */
const CORNERS = SAMPLES;
const CENTRE = SAMPLES + 4;
const rim = 0.5 - 0.5 / SAMPLES;
const placeX = Float64Array.from([...sampleX, -rim, rim, -rim, rim, 0]);
const placeY = Float64Array.from([...sampleY, -rim, -rim, rim, rim, 0]);

/** [1] m, the depth that `look` found */
const nearest = new Float64Array(1);

/** Whether the corners of a pixel show `code`. Planes and squares are convex, so then all of the pixel does. */
function isWhole(bodies: Bodies, view: View, column: number, row: number, code: number): boolean {
  for (let corner = 0; corner < 4; corner++) {
    if (look(bodies, view, column, row, CORNERS + corner) !== code) return false;
  }
  return true;
}

/**
 * What is seen at a place of a pixel, by its index.
 * @returns 0 for the sky, else 2 (n + 1) for plane n, 1 more in its pattern's colour
 */
function look(bodies: Bodies, view: View, column: number, row: number, place: number): number {
  const { width, height, pixel, perspective } = view;
  const x = (column + 0.5 + placeX[place] - width / 2) * pixel;
  const y = (height / 2 - row - 0.5 + placeY[place]) * pixel;
  const ox = perspective ? 0 : x;
  const oy = perspective ? 0 : y;
  const dx = perspective ? x : 0;
  const dy = perspective ? y : 0;
  let plane = -1;
  let depth = Infinity;
  for (let k = 0; k < bodies.planes.length; k++) {
    const n = bodies.planes[k];
    const t = hitPlane(bodies, n, ox, oy, dx, dy);
    if (t < depth) {
      plane = n;
      depth = t;
    }
  }
  nearest[0] = depth;
  if (plane < 0) return 0;
  point[0] = ox + dx * depth;
  point[1] = oy + dy * depth;
  point[2] = depth;
  return 2 * (plane + 1) + planeParity(bodies, plane, point);
}

/**
 * Whether the pattern of plane `n` is so faint that a part of a pixel may be given the whole pixel's mean: at most a
 * quarter of the contrast, some 2 of 255, is then in the wrong place.
 */
function isSubtle({ color }: Bodies, n: number): boolean {
  for (let k = 6 * n; k < 6 * n + 3; k++) {
    if (Math.abs(color[k] - color[k + 3]) > 0.15 * Math.max(color[k], color[k + 3])) return false;
  }
  return true;
}

/** Whether the pattern is finer than the pixels, so that neighbours which agree prove nothing. */
function isFine(bodies: Bodies, view: View, n: number, column: number, row: number, depth: number): boolean {
  if (n < 0 || bodies.checker[n] === 0) return false;
  const { axes } = bodies;
  const { width, height, pixel, perspective } = view;
  const dx = perspective ? (column + 0.5 - width / 2) * pixel : 0;
  const dy = perspective ? (height / 2 - row - 0.5) * pixel : 0;
  const towards = -(axes[9 * n + 6] * dx + axes[9 * n + 7] * dy + axes[9 * n + 8]);
  // m along the plane that the pixel covers where it is seen at its most slanted
  const extent = (pixel * (perspective ? depth : 1) * Math.sqrt(dx * dx + dy * dy + 1)) / towards;
  return extent > bodies.checker[n] / 2;
}

function differs(codes: Uint16Array, width: number, height: number, column: number, row: number): boolean {
  const code = codes[row * width + column];
  for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
    for (let c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
      if (codes[r * width + c] !== code) return true;
    }
  }
  return false;
}
