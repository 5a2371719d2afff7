/** One episode of a dataset in memory, and its frames as pictures for people. */
import type { Dataset, EpisodeRecord, Picture as PictureName } from '@orrery/dataset';
import { depthPicture, finiteRange, flowPicture, labelPicture, type Picture } from '@orrery/media';
import { trackedBodies } from '@orrery/scene';
import type { Motion } from '../scene/stage.ts';

/** Share of the picture's height at which the colour of optical flow is full. */
const FULL_FLOW = 1 / 16;

/** T frames, N bodies, A actions. */
export interface Episode {
  readonly record: EpisodeRecord;
  readonly motion: Motion;
  /** [T, N, 3] m/s */
  readonly velocity: Float32Array;
  /** [T] J */
  readonly energy: Float64Array;
  /** [T] contacts that acted since the frame before */
  readonly contacts: Int32Array;
  /** [T, A], from -1 to 1; undefined where nothing acts */
  readonly action: Float32Array | undefined;
  /** Indices of the bodies that move and are drawn. */
  readonly tracked: readonly number[];
  /** One frame in one kind of picture, of those that the dataset has. */
  picture(name: PictureName, frame: number): Picture;
}

/** @throws where a shard is missing or damaged */
export async function loadEpisode(dataset: Dataset, episode: number): Promise<Episode> {
  const { spec, actions } = dataset.manifest;
  const clip = { episode, start: 0, length: dataset.frames };
  const [record, states, pictures] = await Promise.all([
    dataset.readEpisode(episode),
    dataset.readClip(clip, [
      ...(['position', 'quaternion', 'velocity', 'visible', 'energy', 'contact_count'] as const),
      ...(actions.length > 0 ? (['action'] as const) : []),
    ]),
    dataset.readClip(clip, spec.pictures),
  ]);
  const pixels = spec.width * spec.height;
  const part = <A extends { subarray(from: number, to: number): A }>(values: A, frame: number, each = 1) =>
    values.subarray(frame * pixels * each, (frame + 1) * pixels * each);
  const depths = spec.pictures.includes('depth') ? finiteRange(pictures.depth) : undefined;
  return {
    record,
    motion: { position: states.position, quaternion: states.quaternion, visible: states.visible },
    velocity: states.velocity,
    energy: states.energy,
    contacts: states.contact_count,
    action: actions.length > 0 ? states.action : undefined,
    tracked: trackedBodies(record.scene),
    picture(name, frame) {
      switch (name) {
        case 'rgb':
          return { width: spec.width, height: spec.height, data: part(pictures.rgb, frame, 3) };
        case 'depth':
          return depthPicture(part(pictures.depth, frame), spec, depths ?? [0, 1]);
        case 'segmentation':
          return labelPicture(part(pictures.segmentation, frame), spec);
        case 'flow':
          return flowPicture(part(pictures.flow, frame, 2), spec, spec.height * FULL_FLOW);
      }
    },
  };
}
