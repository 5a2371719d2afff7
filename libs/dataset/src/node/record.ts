/** One episode: simulated, rendered, and laid out as the arrays hold it. */
import type { Contact, Trajectory } from '@orrery/physics';
import type { Frame, Poses } from '@orrery/render';
import type { Scene } from '@orrery/scene';
import { arrayNames, arrayShape, arrayTable, type DatasetExtent } from '../arrays.ts';
import type { ClipArrays } from '../open.ts';
import { zeros, type TypedArray } from '../zarr/dtype.ts';
import { product } from '../zarr/layout.ts';
import { fillNaN } from './zarr-writer.ts';

/** What draws frames of a scene. */
export interface FrameSource {
  render(poses: Poses, into: Frame): Frame;
}

/** Memory for one episode, used again for the next. */
export function episodeBuffers(extent: DatasetExtent): ClipArrays {
  const entries = arrayNames.map((name) => [
    name,
    zeros(arrayTable[name].dtype, product(arrayShape(name, extent).slice(1))),
  ]);
  return Object.fromEntries(entries) as ClipArrays;
}

/**
 * Fills `episode` with what happened and what the camera saw.
 * @throws where the simulation has exploded, or a frame has more contacts than there are slots
 */
export function recordEpisode(
  scene: Scene,
  trajectory: Trajectory,
  source: FrameSource,
  extent: DatasetExtent,
  episode: ClipArrays,
): void {
  episode.position.set(trajectory.position);
  episode.quaternion.set(trajectory.quaternion);
  episode.velocity.set(trajectory.velocity);
  episode.angular_velocity.set(trajectory.angularVelocity);
  episode.energy.set(trajectory.energy);
  episode.momentum.set(trajectory.momentum);
  checkFinite(scene, episode, extent);
  fillNaN(episode.contact);
  trajectory.contacts.forEach((contacts, frame) => recordContacts(contacts, frame, extent, episode));

  const pixels = extent.row * extent.column;
  for (let frame = 0; frame < extent.frame; frame++) {
    const poses = {
      position: trajectory.position.subarray(frame * extent.body * 3, (frame + 1) * extent.body * 3),
      quaternion: trajectory.quaternion.subarray(frame * extent.body * 4, (frame + 1) * extent.body * 4),
    };
    source.render(poses, {
      width: extent.column,
      height: extent.row,
      rgb: episode.rgb.subarray(frame * pixels * 3, (frame + 1) * pixels * 3),
      depth: episode.depth.subarray(frame * pixels, (frame + 1) * pixels),
      segmentation: episode.segmentation.subarray(frame * pixels, (frame + 1) * pixels),
    });
  }
  if (episode.depth.some(Number.isNaN))
    throw new Error('the depth picture holds NaN; check the scene’s camera');
}

function recordContacts(
  contacts: readonly Contact[],
  frame: number,
  extent: DatasetExtent,
  episode: ClipArrays,
) {
  if (contacts.length > extent.contact)
    throw new Error(
      `frame ${frame} has ${contacts.length} contacts, and a frame has room for ${extent.contact}; use fewer bodies or a shorter dt`,
    );
  episode.contact_count[frame] = contacts.length;
  contacts.forEach(({ bodyA, bodyB, point, normal, impulse }, i) => {
    episode.contact.set([bodyA, bodyB, ...point, ...normal, impulse], (frame * extent.contact + i) * 9);
  });
}

const STATES = ['position', 'quaternion', 'velocity', 'angular_velocity', 'energy', 'momentum'] as const;

function checkFinite(scene: Scene, episode: ClipArrays, extent: DatasetExtent): void {
  for (const name of STATES) {
    const at = (episode[name] as TypedArray & ArrayLike<number>).findIndex(
      (value) => !Number.isFinite(value),
    );
    if (at < 0) continue;
    const perFrame = episode[name].length / extent.frame;
    const body =
      perFrame === 1 || name === 'momentum'
        ? undefined
        : Math.floor((at % perFrame) / (perFrame / extent.body));
    const whose = body === undefined ? '' : ` of body "${scene.bodies[body]!.name}"`;
    throw new Error(
      `the simulation exploded: ${name}${whose} is ${episode[name][at]} in frame ${Math.floor(at / perFrame)}; use more substeps or smaller speeds`,
    );
  }
}
