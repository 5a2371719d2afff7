/** For tests, in a process of its own: what a loop of training steps takes, predicted and measured. Prints JSON. */
import { add, gradient, input, matmul, mean, memory, mul, optimize, program, sigmoid, size, square, sub } from '@orrery/graph'; // prettier-ignore
import type { Loop, Tensor } from '@orrery/graph';
import { createSession } from './create-session.ts';

const [rows, width, layers, steps] = process.argv.slice(2).map(Number);

/** Residual multilayer perceptrons, and one step of descent. */
function training(): Loop {
  const x = input('x', [rows, width]);
  const weights = Array.from({ length: layers }, (_, i) => [
    input(`up ${i}`, [width, 4 * width]),
    input(`down ${i}`, [4 * width, width]),
  ]);
  let h: Tensor = x;
  for (const [up, down] of weights) {
    const wide = matmul(h, up);
    h = add(h, matmul(mul(wide, sigmoid(wide)), down));
  }
  const loss = mean(square(h));
  const parameters = weights.flat();
  const slopes = gradient(loss, parameters);
  const next = parameters.map(({ attributes: { name } }, i) => [
    name,
    sub(parameters[i], mul(slopes[i], 0.01)),
  ]);
  const carry = Object.fromEntries(parameters.map(({ attributes: { name } }) => [name, name]));
  return { body: optimize(program({ ...Object.fromEntries(next), loss }, [x, ...parameters])), carry, steps };
}

const loop = training();
const feeds = Object.fromEntries(
  loop.body.inputs.map(({ attributes: { name }, shape }) => {
    const length = size(shape) * (name in loop.carry ? 1 : steps);
    return [name, Float32Array.from({ length }, (_, i) => Math.sin(i) / width)];
  }),
);
const session = await createSession(loop, { worker: false, threads: 1 });
const megabytes = () => process.resourceUsage().maxRSS / 1024;
const before = megabytes();
await session.run(feeds);
const measured = megabytes() - before;
await session.close();
const { peak, inputs, outputs } = memory(loop);
// The feeds were there before, and onnxruntime-node copies what comes out.
const predicted = (peak - inputs + outputs) / 2 ** 20;
process.stdout.write(JSON.stringify({ predicted, measured }));
