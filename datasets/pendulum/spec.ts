/** A bob on a rod swings without friction. See README.md. */
import { defineDataset } from '../define.ts';

export const pendulum = defineDataset({
  name: 'pendulum',
  description: 'A bob on a rod swings without friction',
  frames: { small: 60, full: 100 },
});
