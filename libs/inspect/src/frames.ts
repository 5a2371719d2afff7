/** Frames of an episode as pictures for people: what the camera saw, depth, segmentation, optical flow. */
import type { Dataset, Picture as PictureName } from '@orrery/dataset';
import { depthPicture, finiteRange, flowPicture, labelPicture, type Picture } from '@orrery/media';

/** Share of the picture's height at which the colour of optical flow is full. */
const FULL_FLOW = 1 / 16;

/**
 * All frames of one episode in one kind of picture.
 * @returns [T]; colours of depth span the episode's own range, those of flow a sixteenth of the picture's height
 * @throws where the dataset has no such pictures
 */
export async function episodeFrames(
  dataset: Dataset,
  episode: number,
  name: PictureName,
): Promise<readonly Picture[]> {
  if (!dataset.arrays.includes(name))
    throw new Error(
      `dataset "${dataset.manifest.spec.name}": has no pictures "${name}"; choose from ${dataset.manifest.spec.pictures.join(', ')}`,
    );
  const { width, height } = dataset.manifest.spec;
  const size = { width, height };
  const clip = { episode, start: 0, length: dataset.frames };
  const frames = <A extends { subarray(from: number, to: number): A }>(values: A, channels: number) =>
    Array.from({ length: dataset.frames }, (_, t) =>
      values.subarray(t * width * height * channels, (t + 1) * width * height * channels),
    );
  switch (name) {
    case 'rgb': {
      const { rgb } = await dataset.readClip(clip, ['rgb']);
      return frames(rgb, 3).map((data) => ({ ...size, data }));
    }
    case 'depth': {
      const { depth } = await dataset.readClip(clip, ['depth']);
      const range = finiteRange(depth) ?? [0, 1];
      return frames(depth, 1).map((values) => depthPicture(values, size, range));
    }
    case 'segmentation': {
      const { segmentation } = await dataset.readClip(clip, ['segmentation']);
      return frames(segmentation, 1).map((values) => labelPicture(values, size));
    }
    case 'flow': {
      const { flow } = await dataset.readClip(clip, ['flow']);
      return frames(flow, 2).map((values) => flowPicture(values, size, height * FULL_FLOW));
    }
  }
}
