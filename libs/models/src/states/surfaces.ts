/**
 * How far bodies are apart. Every shape is a core box widened by a radius: a point for a sphere, a segment for a capsule, the
 * box itself, and for a plane the half-space below z = 0. The nearest point of a core to a place is a clip of coordinates.
 */
import {
  add,
  constant,
  expandDims,
  maximum,
  minimum,
  mul,
  neg,
  reduceSum,
  sliceAxis,
  sqrt,
  square,
  sub,
  div,
  type Tensor,
} from '@orrery/graph';
import { bodyPart, motionPart, shapeKinds } from './layout.ts';
import { inverted, turned } from './rotation.ts';

export interface Separation {
  /** [B, M, N, 3] unit vector from the centre of receiver i towards the nearest point of the core of sender j */
  readonly direction: Tensor;
  /** [B, M, N, 1] m, from that centre to that point */
  readonly distance: Tensor;
  /** [B, M, N, 1] m between the surfaces, where the receiver is taken for a ball of its radius; negative where they overlap */
  readonly gap: Tensor;
}

/** m: larger than any scene. */
const UNBOUNDED = 1e4;

/**
 * @param receivers motion [B, M, 13] and what they are [B, M, 12]
 * @param senders motion [B, N, 13] and what they are [B, N, 12]
 */
export function separations(
  receivers: { readonly motion: Tensor; readonly bodies: Tensor },
  senders: { readonly motion: Tensor; readonly bodies: Tensor },
): Separation {
  const from = expandDims(motionPart(receivers.motion, 'position'), 2); // [B, M, 1, 3]
  const centre = expandDims(motionPart(senders.motion, 'position'), 1); // [B, 1, N, 3]
  const turn = expandDims(motionPart(senders.motion, 'orientation'), 1); // [B, 1, N, 4]
  const core = coreOf(senders.bodies);
  const [low, high] = [core.low, core.high].map((corner) => expandDims(corner, 1)); // [B, 1, N, 3]
  const local = turned(inverted(turn), sub(from, centre)); // [B, M, N, 3]
  const nearest = maximum(minimum(local, high), low);
  const towards = turned(turn, sub(nearest, local));
  const squared = reduceSum(square(towards), -1, { keepDims: true });
  // The small addend keeps the gradient finite where a centre lies in a core.
  const distance = sqrt(add(squared, 1e-12));
  const radii = add(expandDims(coreOf(receivers.bodies).radius, 2), expandDims(core.radius, 1));
  return { direction: div(towards, distance), distance, gap: sub(distance, radii) };
}

/** Of [..., N, 12]: the corners [..., N, 3] of the core in the body's own axes, and the radius [..., N, 1] around it, m. */
function coreOf(bodies: Tensor) {
  const kinds = bodyPart(bodies, 'kind');
  const [sphere, box, capsule, plane] = shapeKinds.map((_, i) => sliceAxis(kinds, -1, i, i + 1));
  const size = bodyPart(bodies, 'size');
  const [x, z] = [sliceAxis(size, -1, 0, 1), sliceAxis(size, -1, 2, 3)];
  const half = mul(capsule, sub(z, x));
  const row = (values: readonly number[]) => constant(values, [3], bodies.dtype);
  const along = mul(half, row([0, 0, 1]));
  const high = add(add(mul(box, size), along), mul(plane, row([UNBOUNDED, UNBOUNDED, 0])));
  const low = sub(neg(add(mul(box, size), along)), mul(plane, row([UNBOUNDED, UNBOUNDED, UNBOUNDED])));
  return { high, low, radius: mul(add(sphere, capsule), x) };
}
