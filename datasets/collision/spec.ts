/** Two balls meet head-on: the third scene of PhyWorld. See README.md. */
import { defineDataset } from '../define.ts';

export const collision = defineDataset({
  name: 'collision',
  description: 'Two balls meet head-on: the third scene of PhyWorld',
  frames: { small: 32, full: 32 },
});
