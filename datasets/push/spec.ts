/** A pusher shoves blocks over a table, one of them to a goal of its colour; with actions. See README.md. */
import { defineDataset } from '../define.ts';

export const push = defineDataset({
  name: 'push',
  description: 'A pusher shoves blocks over a table, one of them to a goal of its colour; with actions',
  frames: { small: 60, full: 100 },
});
