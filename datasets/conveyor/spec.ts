/** A belt brings boxes of two kinds, a diverter sorts them; with actions. See README.md. */
import { defineDataset } from '../define.ts';

export const conveyor = defineDataset({
  name: 'conveyor',
  description: 'A belt brings boxes of two kinds, a diverter sorts them; with actions',
  frames: { small: 80, full: 160 },
});
