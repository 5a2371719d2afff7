/** A process of its own that makes one dataset, so that its memory is what generation needs. */
import { generateDataset } from '@orrery/dataset/node';
import type { GenerationTask, GenerationOutcome } from './throughput.ts';

const { spec, folder, workers } = JSON.parse(process.argv[2]!) as GenerationTask;
const start = performance.now();
await generateDataset({ spec, size: 'benchmark', seed: 0, folder, workers });
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const outcome: GenerationOutcome = {
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  // maxRSS is in KiB on every platform that Node runs on.
  peakMemory: maxRSS * 1024,
};
process.stdout.write(JSON.stringify(outcome));
