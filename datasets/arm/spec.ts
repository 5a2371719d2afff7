/** An arm of three links on driven hinges reaches for a marker, under gravity; with actions. See README.md. */
import { defineDataset } from '../define.ts';

export const arm = defineDataset({
  name: 'arm',
  description: 'An arm of three links on driven hinges reaches for a marker, under gravity; with actions',
  frames: { small: 60, full: 100 },
});
