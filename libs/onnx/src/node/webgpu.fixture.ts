/** For tests, in a process with Vulkan: samples of each op, and training, on the WebGPU provider. Prints JSON. */
import { program } from '@orrery/graph';
import type { PrimitiveName } from '@orrery/graph';
import { disagreement, feedsOf, samples } from '@orrery/graph/testing';
import fc from 'fast-check';
import { carry, perceptronStep } from '../perceptron.ts';
import { disagreements } from './against-reference.ts';
import { createSession } from './create-session.ts';

/** Times 1e-5, which the CPU has to meet in f32. */
const allowed = 10;
const wrong: Record<string, unknown> = {};
let programs = 0;
for (const name of Object.keys(samples) as PrimitiveName[]) {
  const drawn = fc.sample(samples[name], { seed: 3, numRuns: 5 });
  for (const [i, { output, ranges }] of drawn.entries()) {
    // GPUs compute in f32, some of them in f16 too.
    if ([output, ...output.inputs].some(({ dtype }) => dtype === 'f64' || dtype === 'f16')) continue;
    const graph = program({ y: output });
    const found = await disagreements(graph, feedsOf(graph, i, ranges), {
      provider: 'webgpu',
      allowed,
    }).catch((error: Error) => ({ y: `${output.dtype} [${output.shape.join()}] ${error.message}` }));
    programs++;
    if (Object.keys(found).length > 0) wrong[`${name} ${i}`] = found.y;
  }
}

const body = perceptronStep();
const loop = { body, carry, steps: 5 };
const feeds = feedsOf(
  {
    ...body,
    inputs: body.inputs.map((tensor) =>
      tensor.attributes.name in carry ? tensor : { ...tensor, shape: [5, ...tensor.shape] },
    ),
  },
  3,
);
const losses = await Promise.all(
  (['cpu', 'webgpu'] as const).map(async (provider) => {
    const session = await createSession(loop, { provider });
    const { loss } = await session.run(feeds, ['loss']);
    await session.close();
    return loss.data;
  }),
);
process.stdout.write(
  JSON.stringify({ programs, wrong, losses: disagreement(losses[1], losses[0], 'f32') / allowed }),
);
process.exit(0);
