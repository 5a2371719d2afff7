import type { Appearance } from '@orrery/scene';

/** What a camera sees in one frame. Row-major, row 0 at the top. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** [H, W, 3] sRGB, 0 to 255 */
  readonly rgb: Uint8Array;
  /** [H, W] m along the viewing direction; Infinity where no body is hit */
  readonly depth: Float32Array;
  /** [H, W] index into `scene.bodies` plus 1; 0 where no body is hit */
  readonly segmentation: Uint8Array;
}

/** Where each body is: the slice of a trajectory that belongs to one frame. */
export interface Poses {
  /** [N, 3] m */
  readonly position: ArrayLike<number>;
  /** [N, 4] x, y, z, w */
  readonly quaternion: ArrayLike<number>;
  /** [N] how each body looks, where that is not what the scene says: after an intervention */
  readonly appearances?: readonly Appearance[] | undefined;
}
