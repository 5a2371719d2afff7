/** The colour of a pixel that holds edges of any kind: the mean of `SAMPLES` rays in linear light. */
import { MIXED } from './background.ts';
import { PLANE } from './bodies.ts';
import { holds } from './bounds.ts';
import { hitPlane, hitSolid } from './intersect.ts';
import { sampleX, sampleY, SAMPLES } from './samples.ts';
import { shade } from './shade.ts';
import { encodeSrgb } from './srgb.ts';
import type { Stage } from './stage.ts';

const point = new Float64Array(3);
const color = new Float64Array(3);
const depths = new Float64Array(SAMPLES);
/** [SAMPLES] index into `stage.solids`, or their number plus a plane's body; -1 where nothing is hit */
const bodiesHit = new Int32Array(SAMPLES);
/** Indices into `stage.solids` and `stage.shadows` of what the pixel may show. */
const candidates = new Int32Array(255);
const casting = new Int32Array(255 * 255);
const casters = new Int32Array(255);

/** Writes the colour of pixel (column, row). */
export function supersample(stage: Stage, column: number, row: number, rgb: Uint8Array): void {
  const { view, bodies, light, background, solids, shadows, sky } = stage;
  const { width, height, pixel, perspective } = view;
  const p = row * width + column;
  let solidCount = 0;
  for (let k = 0; k < solids.length; k++) {
    if (holds(solids[k].bounds, column, row)) candidates[solidCount++] = k;
  }
  let shadowCount = 0;
  for (let k = 0; k < shadows.length; k++) {
    if (holds(shadows[k].bounds, column, row)) casting[shadowCount++] = k;
  }
  const single = background.surface[p] !== MIXED;
  const planes = bodies.planes;
  const firstPlane = single ? background.plane[p] - 1 : 0;
  const planeCount = single ? (firstPlane < 0 ? 0 : 1) : planes.length;
  depths.fill(Infinity);
  bodiesHit.fill(-1);
  for (let c = 0; c < solidCount; c++)
    hitSamples(stage, solids[candidates[c]].body, column, row, candidates[c]);
  for (let k = 0; k < planeCount; k++) {
    const n = single ? firstPlane : planes[k];
    hitSamples(stage, n, column, row, solids.length + n);
  }
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let s = 0; s < SAMPLES; s++) {
    const hit = bodiesHit[s];
    if (hit < 0) {
      red += sky[0];
      green += sky[1];
      blue += sky[2];
      continue;
    }
    const z = depths[s];
    const scale = perspective ? z : 1;
    point[0] = (column + 0.5 + sampleX[s] - width / 2) * pixel * scale;
    point[1] = (height / 2 - row - 0.5 + sampleY[s]) * pixel * scale;
    point[2] = z;
    if (hit < solids.length) {
      const solid = solids[hit];
      shade(bodies, light, solid.body, point, solid.casters, solid.casterCount, color);
    } else {
      const plane = hit - solids.length;
      let count = 0;
      for (let k = 0; k < shadowCount; k++) {
        const shadow = shadows[casting[k]];
        if (shadow.plane === plane) casters[count++] = shadow.body;
      }
      shade(bodies, light, plane, point, casters, count, color);
    }
    red += color[0];
    green += color[1];
    blue += color[2];
  }
  rgb[3 * p] = encodeSrgb(red / SAMPLES);
  rgb[3 * p + 1] = encodeSrgb(green / SAMPLES);
  rgb[3 * p + 2] = encodeSrgb(blue / SAMPLES);
}

/** Notes `name` for the samples of a pixel at which body `n` is nearer than what was found before. */
function hitSamples({ view, bodies }: Stage, n: number, column: number, row: number, name: number): void {
  const { width, height, pixel, perspective } = view;
  const isPlane = bodies.kind[n] === PLANE;
  for (let s = 0; s < SAMPLES; s++) {
    const x = (column + 0.5 + sampleX[s] - width / 2) * pixel;
    const y = (height / 2 - row - 0.5 + sampleY[s]) * pixel;
    const ox = perspective ? 0 : x;
    const oy = perspective ? 0 : y;
    const dx = perspective ? x : 0;
    const dy = perspective ? y : 0;
    const t = isPlane ? hitPlane(bodies, n, ox, oy, dx, dy) : hitSolid(bodies, n, ox, oy, dx, dy);
    if (t < depths[s]) {
      depths[s] = t;
      bodiesHit[s] = name;
    }
  }
}
