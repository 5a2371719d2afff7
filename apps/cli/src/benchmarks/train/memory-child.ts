/** A process that makes one call of a training case, so that its memory is what that takes. */
import { memory } from '@orrery/graph';
import { trainingCases } from './cases.ts';
import type { TrainingMemory } from './memory.ts';
import { openTraining } from './utilisation.ts';

const [name, threads] = process.argv.slice(2);
const training = trainingCases().find((candidate) => candidate.name === name)!;
// In this thread: nothing is copied on the way to another, which the model says nothing of.
const open = await openTraining(training, Number(threads), { worker: false });
// maxRSS is in KiB on every platform that Node runs on.
const resident = () => process.resourceUsage().maxRSS * 1024;
const before = resident();
await open.call();
const measured = resident() - before;
const { peak, inputs, outputs } = memory(open.loop);
// What is fed was there before, and onnxruntime-node copies what comes out.
const result: TrainingMemory = { predicted: peak - inputs + outputs, measured };
process.stdout.write(JSON.stringify(result), () => process.exit());
