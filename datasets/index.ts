/** The datasets that can be named on a command line. */
import type { DatasetDefinition } from '@orrery/dataset';
import { bounce } from './bounce/spec.ts';

export const datasets: Readonly<Record<string, DatasetDefinition>> = { bounce };
