import { describe, expect, it } from 'vitest';
import {
  add,
  constant,
  conv2d,
  evaluate,
  exp,
  floor,
  gather,
  gradient,
  input,
  less,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  oneHot,
  optimize,
  order,
  pullBack,
  reduceSum,
  relu,
  reshape,
  silu,
  size,
  sin,
  square,
  sub,
  tanh,
} from './index.ts';
import type { Conv2dOptions, Tensor } from './index.ts';

/** sin(0), sin(k), sin(2k), ... */
function wave(count: number, k = 1): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(k * i));
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 10));
}

// def mlp(p, x, t): return jnp.mean((jnp.tanh(x @ p[0] + p[1]) @ p[2] + p[3] - t) ** 2)
// in float64, with jnp.sin(k * jnp.arange(n)) for data and parameters.
describe('an MLP', () => {
  const x = input('x', [5, 3], 'f64');
  const target = input('t', [5, 2], 'f64');
  const shapes = [[3, 4], [4], [4, 2], [2]];
  const parameters = shapes.map((shape, i) => input(`p${i}`, shape, 'f64'));
  const [w0, b0, w1, b1] = parameters;
  const y = add(matmul(tanh(add(matmul(x, w0), b0)), w1), b1);
  const loss = mean(square(sub(y, target)));
  const feeds = {
    ...{ x: wave(15), t: wave(10, 2) },
    ...{ p0: wave(12, 0.3), p1: wave(4, 0.5), p2: wave(8, 0.7), p3: wave(2, 0.9) },
  };

  it('has the loss and gradient of jax.value_and_grad(mlp)', () => {
    expectClose(evaluate([loss], feeds)[0], [1.0977550210232203]);
    const gradients = evaluate(gradient(loss, parameters), feeds);
    // prettier-ignore
    expectClose(gradients[0], [
      -0.09743376619755645, -0.24949826464629143, 0.06474316043656565, 0.260896027213084, 0.12748708811977663,
      0.35896332754781246, -0.09466630814431044, -0.3525087347398058, 0.23519690155661654, 0.6373956918386583,
      -0.16704000959335524, -0.641818591650239,
    ]);
    expectClose(
      gradients[1],
      [0.048388182180705286, -0.2556105079587861, 0.06419141043741892, -0.07202493598486925],
    );
    // prettier-ignore
    expectClose(gradients[2], [
      0.2156153326186428, 0.9662282281581627, 0.17214847100654054, 0.7762602641120641, 0.08580629352049922,
      0.415360727593673, 0.015980059852207934, 0.14211298352849264,
    ]);
    expectClose(gradients[3], [0.0200642198151951, 0.18011169845583308]);
  });

  // jax.grad(lambda p: sum(jnp.sum(g ** 2) for g in jax.grad(mlp)(p, x, t)))(p)
  it('has the second derivatives of jax.grad of the squared gradient norm', () => {
    const norm = gradient(loss, parameters)
      .map((tensor) => reduceSum(square(tensor)))
      .reduce((a, b) => add(a, b));
    const gradients = evaluate(gradient(norm, parameters), feeds);
    // prettier-ignore
    expectClose(gradients[0], [
      -0.4868173217271943, -0.7995510134044287, -0.09618338270147382, 1.1145044720949295, 0.8156530453788002,
      1.603218383005847, 0.06931778755365203, -1.8683021907034592, 1.3682157641402666, 2.531996191700928,
      0.17108850360730585, -3.1334004354860814,
    ]);
    expectClose(
      gradients[1],
      [0.3633726191873668, -1.1893709547530744, -0.23884644499093644, -1.5648152087083376],
    );
    expectClose(gradients[3], [-0.11343920061804763, 1.459526732125762]);
  });
});

// def net(p, x, labels):
//   h = jax.nn.silu(lax.conv_general_dilated(x, p[0], (2, 2), [(1, 1), (1, 1)]) + p[1][:, None, None])
//   h = jax.nn.relu(lax.conv_general_dilated(h, p[2], (1, 1), [(0, 0), (0, 0)]))
//   y = jnp.mean(h, axis=(2, 3)) @ p[3]
//   return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(y), labels[:, None], 1))
it('a convolutional classifier has the loss and gradient of jax.value_and_grad(net)', () => {
  const x = input('x', [2, 2, 6, 6], 'f64');
  const shapes = [[3, 2, 3, 3], [3], [4, 3, 1, 1], [4, 3]];
  const parameters = shapes.map((shape, i) => input(`p${i}`, shape, 'f64'));
  const [k0, b0, k1, w] = parameters;
  const hidden = silu(add(conv2d(x, k0, { stride: 2, padding: 1 }), reshape(b0, [3, 1, 1])));
  const logits = matmul(mean(relu(conv2d(hidden, k1)), [2, 3]), w);
  const labels = oneHot(constant([2, 0], [2], 'i32'), 3, 'f64');
  const loss = neg(mean(reduceSum(mul(logSoftmax(logits), labels), -1)));
  const feeds = { x: wave(144), p0: wave(54, 0.3), p1: wave(3, 0.5), p2: wave(12, 0.7), p3: wave(12, 0.9) };

  expectClose(evaluate([loss], feeds)[0], [2.16941978696932]);
  const [dk0, db0, dk1, dw] = evaluate(gradient(loss, parameters), feeds);
  // prettier-ignore
  expectClose(dk0.subarray(0, 18), [
    0.08767229793684958, 0.061413190086054836, 0.07982636891008267, 0.12365851374653232, 0.09064705923596886,
    0.12371803646910927, 0.08570592299817735, 0.06221834106845803, 0.12669395275825387, -0.09125158858526433,
    -0.06283525149820622, 0.011333713200992928, -0.13305346469726503, -0.09969141428338725, 0.012222123413397968,
    -0.15779573450431267, -0.11766486262987046, -0.023560592409712897,
  ]);
  expectClose(db0, [0.24561711501444272, 0.1921178257204784, 0.12861170547632747]);
  // prettier-ignore
  expectClose(dk1, [
    -0.5875315469890539, -0.2090422268540914, -0.0939548475853685, 1.0153083580627542, 0.30906986511813056,
    -0.05774985371715355, 0.015328000939885764, 0.018061500097543225, 0.01477696878897237, 1.0307908898288318,
    0.4226041895613827, 0.4314705020090037,
  ]);
  // prettier-ignore
  expectClose(dw, [
    0.1126302567915394, 0.61710752294869, -0.7297377797402294, 0.559568277586482, 0.40012928691555993,
    -0.9596975645020418, 0.022585954808042666, 0.006504336158965589, -0.029090290967008256, 0.12407616770428744,
    0.625803595664617, -0.7498797633689044,
  ]);
});

// conv = lambda x, k: jnp.sum(lax.conv_general_dilated(x, k, strides, padding) ** 2)
// gx, gk = jax.grad(conv, (0, 1))(x, k); [gx.sum(), (gx ** 2).sum(), gx.ravel()[7]], and of gk
describe('a convolution has the gradients of jax.grad', () => {
  const of = (shapes: number[][], options: Conv2dOptions) => {
    const [x, kernel] = shapes.map((shape, i) => input(`${i}`, shape, 'f64'));
    const values = evaluate(gradient(reduceSum(square(conv2d(x, kernel, options))), [x, kernel]), {
      0: wave(size(x.shape)),
      1: wave(size(kernel.shape), 0.7),
    });
    return values.map((list) => {
      const numbers = [...list];
      return [numbers.reduce((a, b) => a + b), numbers.reduce((a, b) => a + b * b, 0), numbers[7]];
    });
  };

  it('3 x 3 with padding', () => {
    const [dx, dk] = of([[2, 2, 5, 6], [3, 2, 3, 3]], { padding: 1 }); // prettier-ignore
    expectClose(dx, [-14.084438864888776, 21712.01394642672, 24.069894239675104]);
    expectClose(dk, [-64.52962912043412, 44052.72573481581, -4.335339051268667]);
  });

  it('4 x 2, every second place, padded unevenly', () => {
    const [dx, dk] = of([[1, 2, 6, 5], [2, 2, 4, 2]], { stride: 2, padding: [[1, 1], [0, 1]] }); // prettier-ignore
    expectClose(dx, [7.756501404328674, 1784.6961139170887, 4.01999977335476]);
    expectClose(dk, [19.567832659042878, 3156.648254289884, 0.3241719439316934]);
  });
});

describe('gradient', () => {
  const x = input('x', [], 'f64');
  const at = (tensor: Tensor, value: number) => evaluate([tensor], { x: [value] })[0][0];

  it('goes to any order: the fourth derivative of x^4 exp(x) and of sin', () => {
    const derivative = (y: Tensor, times: number): Tensor =>
      times === 0 ? y : derivative(gradient(y, [x])[0], times - 1);
    const y = mul(square(square(x)), exp(x));
    // d4/dx4 = exp(x) (x^4 + 16 x^3 + 72 x^2 + 96 x + 24)
    expect(at(derivative(y, 4), 0.5)).toBeCloseTo(Math.exp(0.5) * (0.0625 + 2 + 18 + 48 + 24), 10);
    expect(at(derivative(sin(x), 4), 0.7)).toBeCloseTo(Math.sin(0.7), 12);
  });

  it('sums over all paths, and over the paths through tensors that are asked for themselves', () => {
    const inner = mul(x, 3);
    const loss = add(mul(inner, inner), x);
    const [dx, dInner] = gradient(loss, [x, inner]);
    expect(at(dx, 2)).toBe(37);
    expect(at(dInner, 2)).toBe(12);
  });

  it('is zero, in the right shape, where the loss does not depend on a tensor', () => {
    const other = input('other', [2, 3]);
    const [zero, stepped] = gradient(floor(x), [other, x]);
    expect(zero.shape).toEqual([2, 3]);
    expect([...evaluate([zero])[0]]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(at(stepped, 1.5)).toBe(0);
  });

  it('of the loss by itself is 1', () => {
    expect(at(gradient(x, [x])[0], 5)).toBe(1);
  });

  it('rejects what has no gradient, naming it', () => {
    const vector = input('v', [3]);
    expect(() => gradient(vector, [vector])).toThrow(
      'gradient: the loss is f32 [3], not a float scalar; reduce it with mean or reduceSum',
    );
    expect(() => gradient(less(x, 0), [x])).toThrow('gradient: the loss is bool [], not a float scalar');
    const indices = input('i', [2], 'i32');
    expect(() => gradient(reduceSum(gather(vector, indices)), [indices])).toThrow('i32 [2] has no gradient');
  });

  it('walks graphs deeper than a call stack', () => {
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = add(y, x);
    const [dx] = gradient(y, [x]);
    expect(at(dx, 1)).toBe(20_001);
    expect(order(optimize([dx])).length).toBeLessThan(20_010);
  }, 30_000);
});

it('pullBack takes a cotangent for each output: J^T c', () => {
  const x = input('x', [2], 'f64');
  const [dx] = pullBack([exp(x), mul(x, 2)], [constant([1, 10], [2], 'f64'), constant(1, [2], 'f64')], [x]);
  expectClose(evaluate([dx], { x: [0, 1] })[0], [1 + 2, 10 * Math.E + 2]);
  expect(() => pullBack([x], [constant(1, [3], 'f64')], [x])).toThrow('output 0 is [2], its cotangent [3]');
});
