/** The light that a point of a body sends to the camera: Lambert's law, ambient light, hard shadows, patterns. */
import { type Bodies, BOX, CAPSULE, type Light, PLANE } from './bodies.ts';
import { blocks } from './intersect.ts';

/** The lowest of the 32 codes that `shade` gives to body `n`; 0 and 1 stand for a plane with and without light. */
export function firstKey(n: number): number {
  return 2 + 32 * n;
}

/**
 * Shades a point on the surface of body `n`.
 * @param point [3] camera coordinates (an array, because engines allocate for each number that a call passes)
 * @param casters solids that may stand between the point and the light, the first `count` of them
 * @param out [3] receives linear RGB
 * @returns a code that differs wherever colour jumps: body, face, pattern, shadow; see `firstKey`
 */
export function shade(
  bodies: Bodies,
  light: Light,
  n: number,
  point: Float64Array,
  casters: Int32Array,
  count: number,
  out: Float64Array,
): number {
  const { axes, center, size, color } = bodies;
  const kind = bodies.kind[n];
  const i = 9 * n;
  const qx = point[0] - center[3 * n];
  const qy = point[1] - center[3 * n + 1];
  const qz = point[2] - center[3 * n + 2];
  const square = bodies.checker[n];
  let face = 0;
  let parity = 0;
  let facing: number;
  if (kind !== BOX && kind !== PLANE) {
    facing = qx * light.x + qy * light.y + qz * light.z;
    if (kind === CAPSULE) {
      // The normal points away from the nearest point of the capsule's segment.
      const half = size[3 * n + 2];
      const along = axes[i + 6] * qx + axes[i + 7] * qy + axes[i + 8] * qz;
      const nearest = Math.max(-half, Math.min(half, along));
      facing -= nearest * (axes[i + 6] * light.x + axes[i + 7] * light.y + axes[i + 8] * light.z);
    }
    facing /= size[3 * n];
    if (square > 0) {
      parity =
        (axes[i] * qx + axes[i + 1] * qy + axes[i + 2] * qz < 0 ? 1 : 0) ^
        (axes[i + 3] * qx + axes[i + 4] * qy + axes[i + 5] * qz < 0 ? 1 : 0) ^
        (axes[i + 6] * qx + axes[i + 7] * qy + axes[i + 8] * qz < 0 ? 1 : 0);
    }
  } else {
    const a = axes[i] * qx + axes[i + 1] * qy + axes[i + 2] * qz;
    const b = axes[i + 3] * qx + axes[i + 4] * qy + axes[i + 5] * qz;
    let side = 2; // the local axis that is the surface's normal
    let u = a;
    let v = b;
    if (kind === BOX) {
      const c = axes[i + 6] * qx + axes[i + 7] * qy + axes[i + 8] * qz;
      const fa = Math.abs(a) / size[3 * n];
      const fb = Math.abs(b) / size[3 * n + 1];
      const fc = Math.abs(c) / size[3 * n + 2];
      side = fa >= fb && fa >= fc ? 0 : fb >= fc ? 1 : 2;
      const normal = side === 0 ? a : side === 1 ? b : c;
      face = 2 * side + (normal < 0 ? 1 : 0);
      if (side === 0) u = c;
      else if (side === 1) v = c;
    }
    const k = i + 3 * side;
    facing = axes[k] * light.x + axes[k + 1] * light.y + axes[k + 2] * light.z;
    if (face & 1) facing = -facing;
    if (square > 0) parity = (Math.floor(u / square) + Math.floor(v / square)) & 1;
  }
  let strength = light.ambient;
  let shadowed = 0;
  if (facing > 0) {
    for (let k = 0; k < count; k++) {
      if (blocks(bodies, casters[k], point, light)) {
        shadowed = 1;
        break;
      }
    }
    if (shadowed === 0) strength += light.intensity * facing;
  }
  const first = 6 * n + 3 * parity;
  out[0] = color[first] * strength;
  out[1] = color[first + 1] * strength;
  out[2] = color[first + 2] * strength;
  return firstKey(n) + 4 * face + 2 * parity + shadowed;
}

/** 1 where a point of plane `n` lies in its pattern's colour, else 0. */
export function planeParity({ axes, center, checker }: Bodies, n: number, point: Float64Array): number {
  if (checker[n] === 0) return 0;
  const qx = point[0] - center[3 * n];
  const qy = point[1] - center[3 * n + 1];
  const qz = point[2] - center[3 * n + 2];
  const u = axes[9 * n] * qx + axes[9 * n + 1] * qy + axes[9 * n + 2] * qz;
  const v = axes[9 * n + 3] * qx + axes[9 * n + 4] * qy + axes[9 * n + 5] * qz;
  return (Math.floor(u / checker[n]) + Math.floor(v / checker[n])) & 1;
}
