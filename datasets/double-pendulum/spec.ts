/** Two bobs on two rods, the second hung from the first, swing without friction. See README.md. */
import { defineDataset } from '../define.ts';

export const doublePendulum = defineDataset({
  name: 'double-pendulum',
  description: 'Two bobs on two rods, the second hung from the first, swing without friction',
  frames: { small: 60, full: 100 },
});
