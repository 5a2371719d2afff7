/**
 * Optical flow: where the surface that a pixel shows goes until the next frame, from depth, segmentation and the poses
 * of both frames. The point at the pixel's centre is fixed in its body, so it moves as the body does.
 */
import type { Camera } from '@orrery/scene';
import { createView, type View } from './camera.ts';
import type { Frame, Poses } from './frame.ts';

/**
 * The flow from the frame at `poses` to the one at `next`, for a camera that stands still.
 *
 * It is the motion of the surface point whether or not the next frame shows it: points that leave the picture or are
 * hidden there keep theirs, and so does what an intervention moves; a body that vanishes is where its pose says. It is
 * 0 where no body is seen, and for a point that passes behind the camera, which has no place in a picture.
 * @param frame of `poses`: its depth and segmentation
 * @param into [H, W, 2] where to write it; a new array unless given
 * @returns [H, W, 2] pixels: x to the right, y down
 * @throws where the poses are not of the same bodies, or `into` has another length
 */
export function opticalFlow(
  camera: Camera,
  frame: Pick<Frame, 'width' | 'height' | 'depth' | 'segmentation'>,
  poses: Poses,
  next: Poses,
  into: Float32Array = new Float32Array(2 * frame.width * frame.height),
): Float32Array {
  const { width, height, depth, segmentation } = frame;
  if (into.length !== 2 * width * height)
    throw new Error(`flow: ${into.length} values given for ${height}x${width}x2; give ${2 * width * height}`);
  const view = createView(camera, width, height);
  const motions = cameraMotions(view, poses, next);
  const { perspective, pixel } = view;
  into.fill(0);
  for (let row = 0, p = 0; row < height; row++) {
    const v = (height / 2 - row - 0.5) * pixel;
    for (let column = 0; column < width; column++, p++) {
      const motion = motions[segmentation[p] - 1];
      if (motion === undefined) continue;
      const u = (column + 0.5 - width / 2) * pixel;
      const z = depth[p];
      const x = perspective ? u * z : u;
      const y = perspective ? v * z : v;
      const toX = motion[0] * x + motion[1] * y + motion[2] * z + motion[3];
      const toY = motion[4] * x + motion[5] * y + motion[6] * z + motion[7];
      const toZ = perspective ? motion[8] * x + motion[9] * y + motion[10] * z + motion[11] : 1;
      if (toZ <= 0) continue;
      into[2 * p] = (toX / toZ - u) / pixel;
      into[2 * p + 1] = (v - toY / toZ) / pixel;
    }
  }
  return into;
}

/** [N] the rigid motion [3, 4] of each body between two frames, in camera coordinates; undefined for those that rest. */
function cameraMotions(view: View, from: Poses, to: Poses): (Float64Array | undefined)[] {
  const count = from.position.length / 3;
  if (to.position.length !== 3 * count || to.quaternion.length !== from.quaternion.length)
    throw new Error(
      `poses: ${to.position.length / 3} bodies in the next frame and ${count} in this one; give the same bodies`,
    );
  const axes = [view.right, view.up, view.forward] as const;
  return Array.from({ length: count }, (_, n) => {
    if (isAtRest(from, to, n)) return undefined;
    const turn = turnBetween(from, to, n);
    const motion = new Float64Array(12);
    // x' = R (x - p) + p', with p and p' relative to the camera: seen along its axes, C R C^T.
    for (let i = 0; i < 3; i++) {
      let offset = 0;
      for (let k = 0; k < 3; k++) {
        let row = 0; // entry k of axis i times R
        for (let m = 0; m < 3; m++) row += axes[i][m] * turn[3 * m + k];
        offset += axes[i][k] * (to.position[3 * n + k] - view.position[k]);
        offset -= row * (from.position[3 * n + k] - view.position[k]);
        for (let j = 0; j < 3; j++) motion[4 * i + j] += row * axes[j][k];
      }
      motion[4 * i + 3] = offset;
    }
    return motion;
  });
}

function isAtRest(from: Poses, to: Poses, n: number): boolean {
  for (let k = 0; k < 3; k++) if (from.position[3 * n + k] !== to.position[3 * n + k]) return false;
  for (let k = 0; k < 4; k++) if (from.quaternion[4 * n + k] !== to.quaternion[4 * n + k]) return false;
  return true;
}

/** The rotation matrix [3, 3] from one orientation of body `n` to another: of q' q*, whatever their lengths. */
function turnBetween(from: Poses, to: Poses, n: number): Float64Array {
  const [ax, ay, az, aw] = [0, 1, 2, 3].map((k) => from.quaternion[4 * n + k]);
  const [bx, by, bz, bw] = [0, 1, 2, 3].map((k) => to.quaternion[4 * n + k]);
  const x = bx * aw - bw * ax - by * az + bz * ay;
  const y = by * aw - bw * ay - bz * ax + bx * az;
  const z = bz * aw - bw * az - bx * ay + by * ax;
  const w = bw * aw + bx * ax + by * ay + bz * az;
  const s = 2 / (x * x + y * y + z * z + w * w);
  return Float64Array.of(
    1 - s * (y * y + z * z),
    s * (x * y - z * w),
    s * (x * z + y * w),
    s * (x * y + z * w),
    1 - s * (x * x + z * z),
    s * (y * z - x * w),
    s * (x * z - y * w),
    s * (y * z + x * w),
    1 - s * (x * x + y * y),
  );
}
