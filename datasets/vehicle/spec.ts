/** A vehicle on four sprung wheels drives round marked points, between crates and a ramp; with actions. See README.md. */
import { defineDataset } from '../define.ts';

export const vehicle = defineDataset({
  name: 'vehicle',
  description:
    'A vehicle on four sprung wheels drives round marked points, between crates and a ramp; with actions',
  frames: { small: 80, full: 160 },
});
