/** `--precision`: what matrix products compute in, and so whose peak utilisation is of. */
import { precisions, type Precision } from '@orrery/graph';
import { unknown, UsageError } from './errors.ts';

export function precisionOption(text: string): Precision {
  const known = precisions.find((one) => one === text);
  if (known) return known;
  throw new UsageError(unknown('precision', text, precisions));
}
