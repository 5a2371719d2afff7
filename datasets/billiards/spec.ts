/** One ball is shot at others that lie still on a cloth, seen from above. See README.md. */
import { defineDataset } from '../define.ts';

export const billiards = defineDataset({
  name: 'billiards',
  description: 'One ball is shot at others that lie still on a cloth, seen from above',
  frames: { small: 60, full: 100 },
});
