/** Balls hop behind a screen: matched possible and impossible episodes. See README.md. */
import { defineDataset } from '../define.ts';

export const occluder = defineDataset({
  name: 'occluder',
  description: 'Balls hop behind a screen: matched possible and impossible episodes',
  frames: { small: 60, full: 60 },
  pairs: true,
});
