/** Balls that bounce in a square arena: the first dataset, and the one that `npm start` learns. See README.md. */
import { defineDataset } from '../define.ts';

export const bounce = defineDataset({
  name: 'bounce',
  description: 'Three balls bounce in a square arena under gravity, 64x64 pixels, 20 frames a second',
  frames: { small: 40, full: 100 },
});
