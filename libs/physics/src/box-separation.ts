/** The separating-axis theorem for two boxes: a lower bound of their distance that is exact in sign. */
import * as cannon from 'cannon-es';

interface Pose {
  readonly position: cannon.Vec3;
  readonly quaternion: cannon.Quaternion;
}
type HalfExtents = readonly [number, number, number];

const [offset, axis] = [new cannon.Vec3(), new cannon.Vec3()];
const edgesA = [new cannon.Vec3(), new cannon.Vec3(), new cannon.Vec3()] as const;
const edgesB = [new cannon.Vec3(), new cannon.Vec3(), new cannon.Vec3()] as const;

/**
 * The largest gap between the projections of two boxes on the 15 axes of Gottschalk et al., "OBBTree" (1996), m.
 * Negative: they overlap by at least so much on each axis.
 */
export function boxSeparation(a: Pose, halfA: HalfExtents, b: Pose, halfB: HalfExtents): number {
  b.position.vsub(a.position, offset);
  halfEdges(a.quaternion, halfA, edgesA);
  halfEdges(b.quaternion, halfB, edgesB);
  let largest = -Infinity;
  for (const edge of edgesA) largest = Math.max(largest, gapAlong(edge));
  for (const edge of edgesB) largest = Math.max(largest, gapAlong(edge));
  for (const u of edgesA)
    for (const v of edgesB) {
      u.cross(v, axis);
      // Parallel edges: a face normal covers them.
      if (axis.lengthSquared() > 1e-12 * u.lengthSquared() * v.lengthSquared())
        largest = Math.max(largest, gapAlong(axis));
    }
  return largest;
}

function halfEdges(orientation: cannon.Quaternion, half: HalfExtents, out: typeof edgesA): void {
  half.forEach((h, i) =>
    orientation.vmult(out[i]!.set(i === 0 ? h : 0, i === 1 ? h : 0, i === 2 ? h : 0), out[i]!),
  );
}

function gapAlong(direction: cannon.Vec3): number {
  let reach = 0;
  for (const edge of edgesA) reach += Math.abs(edge.dot(direction));
  for (const edge of edgesB) reach += Math.abs(edge.dot(direction));
  return (Math.abs(offset.dot(direction)) - reach) / direction.length();
}
