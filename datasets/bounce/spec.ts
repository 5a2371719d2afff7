/** Balls that bounce in a square arena: the first dataset, and the one that `npm start` learns. See README.md. */
import type { DatasetDefinition } from '@orrery/dataset';

const common = { name: 'bounce', scene: 'bounce', sceneConfig: {}, width: 64, height: 64 };

export const bounce: DatasetDefinition = {
  name: 'bounce',
  description: 'Three balls bounce in a square arena under gravity, 64x64 pixels, 20 frames a second',
  sizes: {
    /** For tests. */
    tiny: { ...common, frames: 24, episodes: { train: 8, test: 4 } },
    /** For a laptop: generated in seconds. */
    small: { ...common, frames: 40, episodes: { train: 256, test: 32 } },
    /** For research. */
    full: { ...common, frames: 100, episodes: { train: 4096, test: 256 } },
  },
};
