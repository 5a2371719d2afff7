import { describe, expect, it } from 'vitest';
import {
  abs,
  add,
  and,
  broadcastTo,
  cast,
  clip,
  concat,
  constant,
  conv2d,
  conv2dTranspose,
  div,
  equal,
  evaluate,
  floor,
  gather,
  gelu,
  gradient,
  greater,
  greaterEqual,
  input,
  l2Norm,
  l2Normalize,
  less,
  lessEqual,
  logSoftmax,
  logSumExp,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  not,
  notEqual,
  oneHot,
  or,
  pad,
  pow,
  reduceMax,
  reduceSum,
  relu,
  reshape,
  reverse,
  scatterAdd,
  select,
  sign,
  silu,
  slice,
  sliceAxis,
  softmax,
  softplus,
  split,
  square,
  squeeze,
  expandDims,
  stack,
  sub,
  take,
  transpose,
  variance,
} from './index.ts';
import type { Shape, Tensor } from './index.ts';

const list = (tensor: Tensor, feeds = {}) => [...evaluate([tensor], feeds)[0]];
const f64 = (values: readonly number[], shape?: Shape) => constant(values, shape, 'f64');
const i32 = (values: readonly number[], shape?: Shape) => constant(values, shape, 'i32');
const size = (shape: Shape) => shape.reduce((a, b) => a * b, 1);
/** np.arange(size).reshape(shape) + first, in float64 */
const range = (shape: Shape, first = 0) =>
  f64(
    Array.from({ length: size(shape) }, (_, i) => i + first),
    shape,
  );
/** np.sin(np.arange(size)).reshape(shape) */
const wave = (shape: Shape) =>
  f64(
    Array.from({ length: size(shape) }, (_, i) => Math.sin(i)),
    shape,
  );

function expectClose(tensor: Tensor, expected: readonly number[]): void {
  const actual = list(tensor);
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 12));
}

describe('products', () => {
  // np.matmul(arange(2, 2, 3), arange(3, 2)), np.matmul(arange(2, 1, 2, 3), arange(3, 3, 1))
  it('matmul broadcasts leading axes', () => {
    expect(list(matmul(range([2, 2, 3]), range([3, 2])))).toEqual([10, 13, 28, 40, 46, 67, 64, 94]);
    const batched = matmul(range([2, 1, 2, 3]), range([3, 3, 1]));
    expect(batched.shape).toEqual([2, 3, 2, 1]);
    expect(list(batched)).toEqual([5, 14, 14, 50, 23, 86, 23, 32, 86, 122, 149, 212]);
  });

  // jax.lax.conv_general_dilated(x, k, strides, padding, rhs_dilation=dilation)
  it('conv2d', () => {
    const plain = conv2d(range([1, 2, 4, 5]), range([2, 2, 3, 2], -10));
    expect(plain.shape).toEqual([1, 2, 2, 4]);
    // prettier-ignore
    expect(list(plain)).toEqual([
      -394, -448, -502, -556, -664, -718, -772, -826, 1838, 1928, 2018, 2108, 2288, 2378, 2468, 2558,
    ]);
    const options = { stride: [2, 3], padding: [[1, 2], [0, 1]], dilation: [2, 1] } as const; // prettier-ignore
    const sparse = conv2d(range([2, 1, 5, 6]), range([1, 1, 2, 3], -2), options);
    expect(sparse.shape).toEqual([2, 1, 3, 2]);
    expect(list(sparse)).toEqual([44, 62, 97, 106, -55, -64, 224, 242, 187, 196, -145, -154]);
  });
});

// y = np.zeros((1, 1, 5, 6)); for each place i, j of x:
//   y[:, :, 2*i:2*i+3, 2*j:2*j+2] += np.einsum('bo,ocpq->bcpq', x[:, :, i, j], k)
// y[:, :, 1:-1]
it('conv2dTranspose adds kernels, a stride apart', () => {
  const y = conv2dTranspose(range([1, 2, 2, 3], -3), range([2, 1, 3, 2], -4), { stride: 2, padding: [1, 0] });
  expect(y.shape).toEqual([1, 1, 3, 6]);
  expect(list(y)).toEqual([18, 18, 20, 22, 22, 26, 30, 36, 34, 44, 38, 52, 24, 30, 26, 34, 28, 38]);
});

describe('indexing', () => {
  // np.take(arange(3, 4), [[2, 0], [1, 1]], axis=0), np.take(arange(3, 4), [3, 0, 3], axis=1)
  it('gather', () => {
    const rows = gather(range([3, 4]), i32([2, 0, 1, 1], [2, 2]));
    expect(rows.shape).toEqual([2, 2, 4]);
    expect(list(rows)).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7]);
    expect(list(gather(range([3, 4]), i32([3, 0, 3]), -1))).toEqual([3, 0, 3, 7, 4, 7, 11, 8, 11]);
    expect(() => list(gather(range([3]), i32([3])))).toThrow(
      'gather: index 3 is outside 0 to 2; clip the indices',
    );
  });

  // z = np.zeros((2, 4)); np.add.at(z, (slice(None), [1, 3, 1]), arange(2, 3))
  it('scatterAdd', () => {
    expect(list(scatterAdd(i32([1, 3, 1]), range([2, 3]), 4, 1))).toEqual([0, 2, 0, 1, 0, 8, 0, 4]);
  });

  it('oneHot', () => {
    expect(list(oneHot(i32([2, 0]), 3))).toEqual([0, 0, 1, 1, 0, 0]);
  });
});

describe('movement', () => {
  // jax.lax.pad(arange(2, 3) + 1, 0., [(1, 0, 1), (0, 2, 2)])
  it('pad', () => {
    const padded = pad(range([2, 3], 1), [1, 0], [0, 2], [1, 2]);
    expect(padded.shape).toEqual([4, 9]);
    // prettier-ignore
    expect(list(padded)).toEqual([
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0], ...[1, 0, 0, 2, 0, 0, 3, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0], ...[4, 0, 0, 5, 0, 0, 6, 0, 0],
    ]);
  });

  // x = np.arange(12).reshape(3, 4): x[0:3:2, -2:4], x.T, x[::-1], np.flip(x), x[:, 1], x[-1]
  it('slice, transpose, reverse, take', () => {
    const x = range([3, 4]);
    expect(list(slice(x, [0, -2], [3, 4], [2, 1]))).toEqual([2, 3, 10, 11]);
    expect(list(transpose(x))).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(list(reverse(x, 0))).toEqual([8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]);
    expect(list(reverse(x))).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(list(take(x, 1, 1))).toEqual([1, 5, 9]);
    expect(list(take(x, -1))).toEqual([8, 9, 10, 11]);
    expect(list(sliceAxis(x, -1, 1, undefined, 2))).toEqual([1, 3, 5, 7, 9, 11]);
  });

  // np.transpose(arange(2, 3, 2), (2, 0, 1)); np.broadcast_to(arange(2, 1), (2, 2, 2))
  it('permutes and repeats', () => {
    expect(list(transpose(range([2, 3, 2]), [2, 0, 1]))).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
    expect(list(broadcastTo(range([2, 1]), [2, 2, 2]))).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });

  // np.concatenate([arange(2, 1), arange(2, 2) + 5], 1); np.stack([arange(2), arange(2) + 5], 1)
  it('concat, stack and split', () => {
    expect(list(concat([range([2, 1]), range([2, 2], 5)], 1))).toEqual([0, 5, 6, 1, 7, 8]);
    expect(list(stack([range([2]), range([2], 5)], -1))).toEqual([0, 5, 1, 6]);
    expect(split(range([2, 3]), [1, 2], 1).map((part) => list(part))).toEqual([[0, 3], [1, 2, 4, 5]]); // prettier-ignore
    expect(split(range([4]), 2).map((part) => list(part))).toEqual([[0, 1], [2, 3]]); // prettier-ignore
  });

  it('reshape, squeeze and expandDims', () => {
    expect(reshape(range([2, 6]), [-1, 4]).shape).toEqual([3, 4]);
    expect(squeeze(range([1, 2, 1])).shape).toEqual([2]);
    expect(squeeze(range([1, 2, 1]), -1).shape).toEqual([1, 2]);
    expect(expandDims(range([2]), -1).shape).toEqual([2, 1]);
  });
});

describe('reductions', () => {
  // np.sum(arange(2, 3, 4), (0, 2)), np.max(wave(2, 3, 2), (0, 2)), np.var(wave(3, 4), 1)
  it('sum, maximum, mean and variance', () => {
    expect(list(reduceSum(range([2, 3, 4]), [0, -1]))).toEqual([60, 92, 124]);
    expectClose(
      reduceMax(wave([2, 3, 2]), [0, 2]),
      [0.8414709848078965, 0.9893582466233818, -0.5440211108893698],
    );
    expect(list(mean(range([2, 3]), 0, { keepDims: true }))).toEqual([1.5, 2.5, 3.5]);
    expectClose(variance(wave([3, 4]), 1), [0.16499990930941344, 0.3885812610128176, 0.6098829353272551]);
    expect(reduceSum(range([2, 3])).shape).toEqual([]);
  });

  // jax.nn.softmax, scipy.special.logsumexp, jax.nn.log_softmax, np.linalg.norm of sin(arange(6)).reshape(2, 3)
  it('softmax, logSumExp, norms', () => {
    const x = wave([2, 3]);
    // prettier-ignore
    expectClose(softmax(x), [
      0.17234382885640007, 0.39979922006387214, 0.42785695107972777, 0.5746229732976778, 0.23411012486968175,
      0.19126690183264053,
    ]);
    expectClose(logSumExp(x, 0), [0.7661944787796472, 1.0256619576830035, 1.0528764085363782]);
    // prettier-ignore
    expectClose(logSoftmax(x, 0), [
      -0.7661944787796472, -0.18419097287510697, -0.14357898171069647, -0.62507447071978, -1.7824644529909317,
      -2.0118006831995165,
    ]);
    expectClose(l2Norm(x, 1), [1.2389088863614537, 1.2297156736893897]);
    expectClose(reduceSum(square(l2Normalize(x, 1, 0)), 1), [1, 1]);
    expect(list(softmax(f64([1000, 1000])))).toEqual([0.5, 0.5]);
    expectClose(logSumExp(f64([1000, 1000])), [1000 + Math.LN2]);
  });
});

describe('activations', () => {
  const xs = [-100, -2, -0.5, 0, 0.5, 3, 100];
  // jax.nn.{relu, silu, softplus} and gelu(approximate=True) in float64
  it('relu, silu, softplus, gelu', () => {
    const x = f64(xs);
    expect(list(relu(x))).toEqual([0, 0, 0, 0, 0.5, 3, 100]);
    expectClose(
      silu(x),
      [0, -0.2384058440442351, -0.1887703343990727, 0, 0.3112296656009273, 2.8577223804673, 100],
    );
    // prettier-ignore
    expectClose(softplus(x), [
      0, 0.1269280110429725, 0.4740769841801067, 0.6931471805599453, 0.9740769841801067, 3.048587351573742, 100,
    ]);
    // prettier-ignore
    expectClose(gelu(x), [
      0, -0.04540230591222494, -0.15428599017485609, 0, 0.3457140098251439, 2.996362607918227, 100,
    ]);
    expect(list(clip(x, -1, 2))).toEqual([-1, -1, -0.5, 0, 0.5, 2, 2]);
  });

  // jax.grad(lambda x: jax.nn.softplus(x).sum())(xs) and of gelu
  it('softplus and gelu have finite, right slopes everywhere', () => {
    const x = input('x', [7], 'f64');
    const slopes = (y: Tensor) => [...evaluate(gradient(reduceSum(y), [x]), { x: xs })[0]];
    // prettier-ignore
    const sigmoid = [0, 0.11920292202211753, 0.3775406687981454, 0.5, 0.6224593312018546, 0.9525741268224333, 1];
    slopes(softplus(x)).forEach((slope, i) => expect(slope).toBeCloseTo(sigmoid[i], 12));
    // prettier-ignore
    const expected = [0, -0.08609925662361839, 0.1326300964653577, 0.5, 0.8673699035346423, 1.0115841666309702, 1];
    slopes(gelu(x)).forEach((slope, i) => expect(slope).toBeCloseTo(expected[i], 12));
  });
});

describe('element-wise', () => {
  const [a, b] = [f64([-1, 0, 2.5]), f64([0, 0, 2])];

  it('compares', () => {
    expect(list(less(a, b))).toEqual([1, 0, 0]);
    expect(list(lessEqual(a, b))).toEqual([1, 1, 0]);
    expect(list(greater(a, b))).toEqual([0, 0, 1]);
    expect(list(greaterEqual(a, 0))).toEqual([0, 1, 1]);
    expect(list(equal(a, b))).toEqual([0, 1, 0]);
    expect(list(notEqual(a, b))).toEqual([1, 0, 1]);
    expect(list(and(less(a, 1), not(equal(a, 0))))).toEqual([1, 0, 0]);
    expect(list(or(less(a, 0), greater(a, 1)))).toEqual([1, 0, 1]);
    expect(list(select(less(a, 0), a, 7))).toEqual([-1, 7, 7]);
  });

  it('powers are those of C: one to any power, and minus one to an infinity, is one', () => {
    expect(list(pow(f64([1, 1, -1, NaN]), f64([NaN, -Infinity, Infinity, 0])))).toEqual([1, 1, 1, 1]);
  });

  it('takes numbers on either side, in the other side’s dtype', () => {
    expect(list(sub(1, a))).toEqual([2, 1, -1.5]);
    expect(list(pow(2, a))).toEqual([0.5, 1, 2 ** 2.5]);
    expect(add(i32([1]), 2).dtype).toBe('i32');
    expect(() => add(i32([1]), 0.5)).toThrow('constant: 0.5 is no i32');
    expect(list(maximum(a, 0))).toEqual([0, 0, 2.5]);
    expect(list(minimum(0, a))).toEqual([-1, 0, 0]);
  });

  it('rounds f32 after each op, as one fround a step', () => {
    const x = constant([0.1, 0.7]);
    const expected = [0.1, 0.7].map((v) =>
      Math.fround(Math.fround(Math.fround(v) * Math.fround(v)) + Math.fround(0.3)),
    );
    expect(list(add(mul(x, x), 0.3))).toEqual(expected);
  });

  it('truncates where floats become integers and where integers divide', () => {
    expect(list(cast(f64([-1.7, 1.7]), 'i32'))).toEqual([-1, 1]);
    expect(list(div(i32([-7, 7]), 2))).toEqual([-3, 3]);
    expect(list(cast(f64([0, -0.5]), 'bool'))).toEqual([0, 1]);
    expect(list(floor(f64([-1.5, 1.5])))).toEqual([-2, 1]);
    expect(list(abs(sign(f64([-3, 0, 2]))))).toEqual([1, 0, 1]);
  });
});

describe('evaluate', () => {
  const x = input('x', [2, 2]);
  it('returns values as they were asked for', () => {
    expect(evaluate({ y: add(x, 1) }, { x: [1, 2, 3, 4] })).toEqual({ y: Float32Array.of(2, 3, 4, 5) });
  });

  it('names an input that is missing or of another size', () => {
    expect(() => list(x)).toThrow('input "x": nothing was given; feed 4 values for [2, 2]');
    expect(() => list(x, { x: [1] })).toThrow('input "x": 1 values were given; feed 4 values for [2, 2]');
  });
});
