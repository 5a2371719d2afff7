/** Towers of boxes that stand or fall, and piles of boxes that drop onto one another. See README.md. */
import { defineDataset } from '../define.ts';

export const stack = defineDataset({
  name: 'stack',
  description: 'Towers of boxes that stand or fall, and piles of boxes that drop onto one another',
  frames: { small: 50, full: 80 },
});
