/** Our side of the comparison with JavaScript peers: their perceptron, their data, twenty steps a call. */
import {
  add,
  gradient,
  input,
  matmul,
  mean,
  mul,
  optimize,
  program,
  relu,
  square,
  sub,
  type Tensor,
} from '@orrery/graph';
import { createSession } from '@orrery/onnx/node';
import {
  CHECKED_STEPS,
  EXAMPLES,
  fastest,
  LEARNING_RATE,
  mlpProblem,
  WIDTHS,
  type PeerOutcome,
} from './peers/mlp.ts';

const STEPS_PER_CALL = 20;

export async function measurePerceptron(threads: number): Promise<Omit<PeerOutcome, 'version'>> {
  const problem = mlpProblem();
  const [x, y] = [input('x', [EXAMPLES, WIDTHS[0]]), input('y', [EXAMPLES, WIDTHS.at(-1)!])];
  const parameters = problem.layers.flatMap(({ inputs, outputs }, i) => [
    input(`kernel${i}`, [inputs, outputs]),
    input(`bias${i}`, [outputs]),
  ]);
  let h: Tensor = x;
  problem.layers.forEach((_, i) => {
    h = add(matmul(h, parameters[2 * i]!), parameters[2 * i + 1]!);
    if (i < problem.layers.length - 1) h = relu(h);
  });
  const loss = mean(square(sub(h, y)));
  const slopes = gradient(loss, parameters);
  const next = parameters.map((parameter, i) => sub(parameter, mul(slopes[i]!, LEARNING_RATE)));
  const names = parameters.map(({ attributes: { name } }) => name);
  const outputs = { loss, ...Object.fromEntries(names.map((name, i) => [name, next[i]!])) };
  const body = optimize(program(outputs, [x, y, ...parameters]));
  const carry = Object.fromEntries(names.map((name) => [name, name]));
  const session = await createSession({ body, carry, steps: STEPS_PER_CALL }, { threads });
  const repeated = (values: Float32Array) => {
    const all = new Float32Array(STEPS_PER_CALL * values.length);
    for (let i = 0; i < STEPS_PER_CALL; i++) all.set(values, i * values.length);
    return all;
  };
  const feeds = { x: repeated(problem.x), y: repeated(problem.y) };
  let state: Record<string, Float32Array> = Object.fromEntries(
    problem.layers.flatMap(({ kernel, bias }, i) => [
      [`kernel${i}`, kernel],
      [`bias${i}`, bias],
    ]),
  );
  const losses: number[] = [];
  const call = async () => {
    const results = await session.run({ ...feeds, ...state });
    losses.push(...results['loss']!.data);
    state = Object.fromEntries(names.map((name) => [name, results[name]!.data as Float32Array]));
  };
  try {
    await call();
    const milliseconds = (await fastest(call, 3)) / STEPS_PER_CALL;
    return { milliseconds, losses: losses.slice(0, CHECKED_STEPS) };
  } finally {
    await session.close();
  }
}
