/** How much of each followed body a true frame shows: what is hidden behind something, and what is not. */
import { createRenderer, project } from '@orrery/render';
import { appearances } from '@orrery/scene';
import type { TrueClip } from '../clips.ts';
import type { Follower } from './parse.ts';

/**
 * @returns [T, M] pixels in which the body is nearest to the camera, as a share of its silhouette's area; NaN where its
 * centre lies outside the picture or it is not drawn, so that it has left rather than hidden
 */
export function shownShares(clip: TrueClip, { bodies, radii }: Follower): Float64Array {
  const { scene, width, height, start } = clip;
  const n = scene.bodies.length;
  const frames = clip.position.length / (3 * n);
  const renderer = createRenderer(scene, { width, height });
  const shares = new Float64Array(frames * bodies.length);
  const labels = new Float64Array(n + 1);
  for (let t = 0; t < frames; t++) {
    const looks = appearances(scene, start + t);
    const { segmentation } = renderer.render({
      position: clip.position.subarray(3 * n * t, 3 * n * (t + 1)),
      quaternion: clip.quaternion.subarray(4 * n * t, 4 * n * (t + 1)),
      appearances: looks,
    });
    labels.fill(0);
    for (const label of segmentation) labels[label]++;
    bodies.forEach((index, i) => {
      const at = 3 * (n * t + index);
      const { x, y } = project(scene.camera, width, height, [
        clip.position[at],
        clip.position[at + 1],
        clip.position[at + 2],
      ]);
      const inside = x >= 0 && y >= 0 && x < width && y < height && looks[index].visible;
      shares[t * bodies.length + i] = inside ? labels[index + 1] / (Math.PI * radii[i] ** 2) : NaN;
    });
  }
  return shares;
}
