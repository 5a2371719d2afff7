/** A star and planets that attract one another by Newton’s law. See README.md. */
import { defineDataset } from '../define.ts';

export const nbody = defineDataset({
  name: 'nbody',
  description: 'A star and planets that attract one another by Newton’s law',
  frames: { small: 60, full: 100 },
});
