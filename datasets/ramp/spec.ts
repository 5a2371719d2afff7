/** A ball, a box or a capsule goes down an incline, runs out and hits a block. See README.md. */
import { defineDataset } from '../define.ts';

export const ramp = defineDataset({
  name: 'ramp',
  description: 'A ball, a box or a capsule goes down an incline, runs out and hits a block',
  frames: { small: 60, full: 100 },
});
