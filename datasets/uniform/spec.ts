/** A ball crosses the picture at constant speed: the first scene of PhyWorld. See README.md. */
import { defineDataset } from '../define.ts';

export const uniform = defineDataset({
  name: 'uniform',
  description: 'A ball crosses the picture at constant speed: the first scene of PhyWorld',
  frames: { small: 32, full: 32 },
});
