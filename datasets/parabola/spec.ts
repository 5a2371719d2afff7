/** A ball is thrown and falls on a parabola: the second scene of PhyWorld. See README.md. */
import { defineDataset } from '../define.ts';

export const parabola = defineDataset({
  name: 'parabola',
  description: 'A ball is thrown and falls on a parabola: the second scene of PhyWorld',
  frames: { small: 32, full: 32 },
});
