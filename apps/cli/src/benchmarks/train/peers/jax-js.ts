/** jax-js on its wasm backend, jitted; a process of its own. */
import { readFileSync } from 'node:fs';
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad, type Array } from '@jax-js/jax';
import { CHECKED_STEPS, fastest, LEARNING_RATE, mlpProblem, type PeerOutcome } from './mlp.ts';

type Layers = { kernel: Array; bias: Array }[];

await init('wasm');
defaultDevice('wasm');
const problem = mlpProblem();

function loss(layers: Layers, x: Array, y: Array): Array {
  let h = x;
  layers.forEach(({ kernel, bias }, i) => {
    h = np.dot(h, kernel).add(bias);
    if (i < layers.length - 1) h = nn.relu(h);
  });
  return np.mean(np.square(h.sub(y)));
}

const step = jit((layers: Layers, x: Array, y: Array) => {
  const [value, slopes] = valueAndGrad(loss)(tree.ref(layers), x, y);
  const next = tree.map(
    (parameter: Array, slope: Array) => parameter.sub(slope.mul(LEARNING_RATE)),
    layers,
    slopes as Layers,
  );
  return [value, next];
});

let layers: Layers = problem.layers.map(({ inputs, outputs, kernel, bias }) => ({
  kernel: np.array(kernel).reshape([inputs, outputs]),
  bias: np.array(bias),
}));
const x = np.array(problem.x).reshape([problem.x.length / problem.layers[0]!.inputs, -1]);
const y = np.array(problem.y).reshape([problem.y.length / problem.layers.at(-1)!.outputs, -1]);
const losses: number[] = [];
const update = async () => {
  const [value, next] = step(layers, x.ref, y.ref) as [Array, Layers];
  layers = next;
  const [read] = await value.data();
  losses.push(read!);
};
for (let i = 0; i < CHECKED_STEPS; i++) await update();
const milliseconds = await fastest(update, 3);
const manifest = new URL('../package.json', import.meta.resolve('@jax-js/jax'));
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
const outcome: PeerOutcome = { version, milliseconds, losses: losses.slice(0, CHECKED_STEPS) };
process.stdout.write(JSON.stringify(outcome));
