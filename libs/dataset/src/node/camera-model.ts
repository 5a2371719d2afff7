/** A scene's camera as the matrices that computer vision uses. */
import { createView } from '@orrery/render';
import type { Camera } from '@orrery/scene';
import type { CameraModel } from '../manifest.ts';

/** Intrinsics and pose of a camera that draws pictures of a size. */
export function cameraModel(camera: Camera, width: number, height: number): CameraModel {
  const { perspective, position, right, up, forward, pixel } = createView(camera, width, height);
  const focal = 1 / pixel;
  const row = (axis: 0 | 1 | 2): [number, number, number, number] => [
    right[axis],
    -up[axis],
    forward[axis],
    position[axis],
  ];
  return {
    kind: perspective ? 'perspective' : 'orthographic',
    intrinsics: [
      [focal, 0, width / 2],
      [0, focal, height / 2],
      [0, 0, 1],
    ],
    pose: [row(0), row(1), row(2), [0, 0, 0, 1]],
  };
}
