/** A row of dominoes, toppled by a rolling ball or by a push. See README.md. */
import { defineDataset } from '../define.ts';

export const dominoes = defineDataset({
  name: 'dominoes',
  description: 'A row of dominoes, toppled by a rolling ball or by a push',
  frames: { small: 60, full: 100 },
});
