/** The three sizes that every dataset has, from what sets one dataset apart from another. */
import type { DatasetDefinition } from '@orrery/dataset';

export interface DatasetOptions {
  readonly name: string;
  /** One line for `--help`. */
  readonly description: string;
  /** Frames of an episode in `small` and in `full`; `tiny` has the first 40 of `small`. */
  readonly frames: { readonly small: number; readonly full: number };
  /** Pixels; 64x64 unless given. */
  readonly width?: number;
  readonly height?: number;
  /** Whether its scene has variants, of which there are pairs then. */
  readonly pairs?: boolean;
}

/** A dataset of the scene of its name. */
export function defineDataset(options: DatasetOptions): DatasetDefinition {
  const { name, description, frames, width = 64, height = 64, pairs = false } = options;
  const common = { name, scene: name, width, height };
  return {
    name,
    description,
    sizes: {
      /** For tests. */
      tiny: {
        ...common,
        frames: Math.min(40, frames.small),
        episodes: { train: 4, test: 2, shifted: 1, pairs: pairs ? 1 : 0 },
      },
      /** For a laptop: generated in seconds. */
      small: {
        ...common,
        frames: frames.small,
        episodes: { train: 256, test: 32, shifted: 16, pairs: pairs ? 16 : 0 },
      },
      /** For research. */
      full: {
        ...common,
        frames: frames.full,
        episodes: { train: 4096, test: 256, shifted: 128, pairs: pairs ? 128 : 0 },
      },
    },
  };
}
