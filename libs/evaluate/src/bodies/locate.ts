/** Where in a coverage map a body is: the centroid of its densest patch. */

export interface Spot {
  /** Pixels from the left and top edge of the picture; the centre of the first pixel is at 0.5. */
  readonly x: number;
  readonly y: number;
  /** Mean coverage over a disc of the body's area around that place. */
  readonly evidence: number;
}

/** Where a body is covered by less than this it is more a haze of its colour than a body. */
const LEAST_EVIDENCE = 0.3;
/** Coverage below this is noise. */
const FLOOR = 0.06;
/** Pixels around the body in which a blurred edge still counts. */
const MARGIN = 2;
/** Pixels between the squares among which the densest is sought; mean shift does the rest. */
const STRIDE = 2;
const ITERATIONS = 30;
const TOLERANCE = 1e-3;

/**
 * Mean shift: the centroid of what lies within a disc around the last centroid, which is a little larger than the
 * body, so that a blurred edge counts and a ghost elsewhere does not. Source: Comaniciu and Meer, "Mean shift" (2002).
 * @param map [H, W] coverage in [0, 1]
 * @param radius of a disc of the body's area, pixels
 * @param extent how far the body reaches from its centre, pixels
 * @returns undefined where too little of the body is seen
 */
export function locate(
  map: Float64Array,
  { width, height }: { readonly width: number; readonly height: number },
  radius: number,
  extent = radius,
): Spot | undefined {
  let place: { readonly x: number; readonly y: number } = densest(map, width, height, radius);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const next = centroid(map, width, height, place.x, place.y, extent + MARGIN);
    if (next.weight === 0) return undefined;
    const moved = Math.hypot(next.x - place.x, next.y - place.y);
    place = next;
    if (moved < TOLERANCE) break;
  }
  const { weight } = centroid(map, width, height, place.x, place.y, radius);
  const evidence = weight / (Math.PI * radius * radius);
  return evidence < LEAST_EVIDENCE ? undefined : { x: place.x, y: place.y, evidence };
}

/** Centre of the square of the body's size that holds most coverage. */
function densest(map: Float64Array, width: number, height: number, radius: number) {
  const side = Math.max(1, Math.round(2 * radius));
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += map[y * width + x];
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
    }
  }
  const at = (x: number, y: number) =>
    sums[Math.min(Math.max(y, 0), height) * (width + 1) + Math.min(Math.max(x, 0), width)];
  let best = { x: width / 2, y: height / 2, held: -1 };
  // Squares may stick out of the picture by half, so that a body at the border is found as well.
  const half = Math.floor(side / 2);
  for (let y = -half; y <= height - half; y += STRIDE)
    for (let x = -half; x <= width - half; x += STRIDE) {
      const held = at(x + side, y + side) - at(x, y + side) - at(x + side, y) + at(x, y);
      if (held > best.held) best = { x: x + side / 2, y: y + side / 2, held };
    }
  return best;
}

/** Centroid and sum of the coverage within `reach` pixels of (cx, cy), fading out over the disc's last pixel. */
function centroid(map: Float64Array, width: number, height: number, cx: number, cy: number, reach: number) {
  let weight = 0;
  let sx = 0;
  let sy = 0;
  const top = Math.max(0, Math.floor(cy - reach - 1));
  const bottom = Math.min(height - 1, Math.ceil(cy + reach + 1));
  const left = Math.max(0, Math.floor(cx - reach - 1));
  const right = Math.min(width - 1, Math.ceil(cx + reach + 1));
  for (let v = top; v <= bottom; v++)
    for (let u = left; u <= right; u++) {
      const value = map[v * width + u];
      if (value < FLOOR) continue;
      const inside = reach + 0.5 - Math.hypot(u + 0.5 - cx, v + 0.5 - cy);
      const w = value * Math.min(1, Math.max(0, inside));
      weight += w;
      sx += w * (u + 0.5);
      sy += w * (v + 0.5);
    }
  return { x: sx / weight, y: sy / weight, weight };
}
