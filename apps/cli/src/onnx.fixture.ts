/** Fifty updates of a small network, ten a call, on any backend: run in Node and, bundled, in a page. */
import { add, gradient, input, matmul, mean, mul, program, square, sub, tanh } from '@orrery/graph';
import type { Session } from '@orrery/onnx';
import { createSession } from '@orrery/onnx/web';
import type { SessionOptions } from '@orrery/onnx/web';

const calls = 5;
const steps = 10;
const batch = 32;
const shapes = { w0: [4, 16], b0: [16], w1: [16, 2] };

function step() {
  const [x, target] = [input('x', [batch, 4]), input('target', [batch, 2])];
  const parameters = Object.entries(shapes).map(([name, shape]) => input(name, shape));
  const [w0, b0, w1] = parameters;
  const loss = mean(square(sub(matmul(tanh(add(matmul(x, w0), b0)), w1), target)));
  const slopes = gradient(loss, parameters);
  const updated = parameters.map((parameter, i) => [
    parameter.attributes.name,
    sub(parameter, mul(slopes[i], 0.2)),
  ]);
  return program({ ...Object.fromEntries(updated), loss }, [x, target, ...parameters]);
}

/** Irregular, the same everywhere. */
function values(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (((i + 1) * (7919 + 31 * seed)) % 1009) / 504.5 - 1);
}

/** The losses of fifty updates. */
export async function losses(
  create: (loop: {
    body: ReturnType<typeof step>;
    carry: Record<string, string>;
    steps: number;
  }) => Promise<Session>,
): Promise<number[]> {
  const carry = Object.fromEntries(Object.keys(shapes).map((name) => [name, name]));
  const session = await create({ body: step(), carry, steps });
  const found: number[] = [];
  let state = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      values(
        shape.reduce((a, b) => a * b),
        i,
      ),
    ]),
  );
  for (let call = 0; call < calls; call++) {
    const x = values(steps * batch * 4, 10 + call);
    const target = Float32Array.from({ length: steps * batch * 2 }, (_, i) => x[2 * i] * x[2 * i + 1]);
    const outputs = await session.run({ ...state, x, target }, undefined, { transfer: true });
    found.push(...outputs.loss.data);
    state = Object.fromEntries(
      Object.keys(shapes).map((name) => [name, outputs[name].data as Float32Array<ArrayBuffer>]),
    );
  }
  await session.close();
  return found;
}

/** In a page: the losses, and how often its event loop turned meanwhile; or the error that came instead. */
export async function lossesInPage(options: SessionOptions) {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    return { losses: await losses((loop) => createSession(loop, options)), turns };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: `${name}: ${message}` };
  } finally {
    clearInterval(timer);
  }
}
