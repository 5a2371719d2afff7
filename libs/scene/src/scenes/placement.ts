/** Where bodies start: uniform over what is free. */
import { foldIn, uniform, type Key } from '@orrery/random';

/** A point of the plane in which bodies are placed, m. */
export type Place = readonly [number, number];

/** A rectangle around the origin, m. */
export interface Region {
  readonly halfWidth: number;
  readonly halfHeight: number;
}

const TRIES_A_DISC = 200;
const LAYOUTS = 50;

/**
 * Rejection sampling: each disc uniform over what the earlier ones left free; an unlucky layout is drawn anew.
 * @param radii [N] m
 * @param clearance free space around each disc, m
 * @returns [N] centres, or undefined where they do not fit
 */
export function placeDiscs(
  key: Key,
  radii: ArrayLike<number>,
  region: Region,
  clearance: number,
): Place[] | undefined {
  for (let layout = 0; layout < LAYOUTS; layout++) {
    const placed: Place[] = [];
    for (let i = 0; i < radii.length; i++) {
      const place = placeDisc(foldIn(foldIn(key, layout), i), radii, placed, region, clearance);
      if (!place) break;
      placed.push(place);
    }
    if (placed.length === radii.length) return placed;
  }
  return undefined;
}

/** The next disc beside those that are placed. */
function placeDisc(
  key: Key,
  radii: ArrayLike<number>,
  placed: readonly Place[],
  { halfWidth, halfHeight }: Region,
  clearance: number,
): Place | undefined {
  const radius = radii[placed.length]!;
  const [reachX, reachY] = [halfWidth - radius - clearance, halfHeight - radius - clearance];
  if (reachX < 0 || reachY < 0) return undefined;
  const candidates = uniform(key, 2 * TRIES_A_DISC, -1, 1);
  for (let i = 0; i < TRIES_A_DISC; i++) {
    const place: Place = [candidates[2 * i]! * reachX, candidates[2 * i + 1]! * reachY];
    const free = placed.every(([x, y], j) => {
      const [dx, dy, apart] = [place[0] - x, place[1] - y, radius + radii[j]! + clearance];
      return dx * dx + dy * dy > apart * apart;
    });
    if (free) return place;
  }
  return undefined;
}
