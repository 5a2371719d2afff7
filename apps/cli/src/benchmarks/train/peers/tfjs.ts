/** TensorFlow.js on its wasm backend with SIMD and two threads; a process of its own. */
import * as tf from '@tensorflow/tfjs-core';
// @ts-expect-error -- bundlers find it, TypeScript's Node resolution does not
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { CHECKED_STEPS, fastest, LEARNING_RATE, mlpProblem, type PeerOutcome } from './mlp.ts';

setThreadsCount(2);
await tf.setBackend('wasm');
await tf.ready();
const problem = mlpProblem();
const layers = problem.layers.map(({ inputs, outputs, kernel, bias }) => ({
  kernel: tf.variable(tf.tensor2d(kernel, [inputs, outputs])),
  bias: tf.variable(tf.tensor1d(bias)),
}));
const x = tf.tensor2d(problem.x, [problem.x.length / problem.layers[0]!.inputs, problem.layers[0]!.inputs]);
const outputs = problem.layers.at(-1)!.outputs;
const y = tf.tensor2d(problem.y, [problem.y.length / outputs, outputs]);

function loss(): tf.Scalar {
  let h: tf.Tensor = x;
  layers.forEach(({ kernel, bias }, i) => {
    h = tf.add(tf.matMul(h as tf.Tensor2D, kernel as unknown as tf.Tensor2D), bias);
    if (i < layers.length - 1) h = tf.relu(h);
  });
  return tf.mean(tf.square(tf.sub(h, y)));
}

const optimizer = tf.train.sgd(LEARNING_RATE);
const losses: number[] = [];
const update = async () => {
  const value = optimizer.minimize(loss, true)!;
  losses.push((await value.data())[0]!);
  value.dispose();
};
for (let i = 0; i < CHECKED_STEPS; i++) await update();
const milliseconds = await fastest(update, 3);
const outcome: PeerOutcome = {
  version: tf.version_core,
  milliseconds,
  losses: losses.slice(0, CHECKED_STEPS),
};
process.stdout.write(JSON.stringify(outcome), () => process.exit());
