/** Two paddles play a ball to and fro; with actions. See README.md. */
import { defineDataset } from '../define.ts';

export const game = defineDataset({
  name: 'game',
  description: 'Two paddles play a ball to and fro; with actions',
  frames: { small: 80, full: 160 },
});
