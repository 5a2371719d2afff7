/**
 * Gradients of conv2d, composed of what runs fast: convolutions of stride 1 and matrix products whose operands are
 * contiguous. Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning", chapter 4.
 */
import { conv2d, matmul } from './contractions.ts';
import { concat, pad, reshape, reverse, slice, stack, transpose } from './movement.ts';
import { reduceSum } from './reductions.ts';
import type { OpAttributes, Tensor } from './tensor.ts';

type Pair = readonly [number, number];
type Window = OpAttributes['conv2d'];

/** One value an image axis. */
function each(value: (axis: 0 | 1) => number): [number, number] {
  return [value(0), value(1)];
}

/**
 * d loss / d x, and the forward pass of a transposed convolution: each element of g adds the kernel, scaled, to the
 * image, `stride` apart.
 *
 * With stride s, the image's row s q + r only meets kernel rows s m + r. So one convolution of stride 1 computes all
 * s x s phases r as channels, from the kernel's phases, and the phases are interleaved: nothing is multiplied by the
 * zeros that spreading g would insert. Shi et al. (2016), "Is the deconvolution layer the same as a convolutional
 * layer?".
 * @param g [B, O, H', W']
 * @param kernel [O, C, kH, kW]
 * @param extent [H, W] of the image
 * @returns [B, C, H, W]
 */
export function spreadKernel(
  g: Tensor,
  kernel: Tensor,
  { stride, padding, dilation }: Window,
  extent: Pair,
): Tensor {
  // Kernels of several phases are dilated by hand: their phases would not be evenly spaced otherwise.
  const apart = each((axis) => (stride[axis] > 1 ? dilation[axis] : 1));
  const whole = pad(kernel, [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, ...apart.map((step) => step - 1)]);
  const steps = each((axis) => dilation[axis] / apart[axis]);
  const phases = each((axis) => Math.min(stride[axis], whole.shape[2 + axis]));
  const taps = each((axis) => Math.ceil(whole.shape[2 + axis] / phases[axis]));
  const reach = each((axis) => steps[axis] * (taps[axis] - 1));
  // Image rows, counted from the first padded one, in units of the stride: those computed are [first, last].
  const first = each((axis) => Math.floor(padding[axis][0] / stride[axis]));
  const last = each((axis) => Math.floor((padding[axis][0] + extent[axis] - 1) / stride[axis]));
  const low = each((axis) => reach[axis] - first[axis]);
  const high = each((axis) => last[axis] + 1 - g.shape[2 + axis]);
  // More padding than the kernel reaches over: what met only zeros is cut off.
  const used = slice(
    g,
    [0, 0, ...each((axis) => Math.max(0, -low[axis]))],
    [...g.shape.slice(0, 2), ...each((axis) => g.shape[2 + axis] - Math.max(0, -high[axis]))],
  );
  const spread = conv2d(used, phasesAsOutputs(whole, phases, taps), {
    padding: [
      [Math.max(0, low[0]), Math.max(0, high[0])],
      [Math.max(0, low[1]), Math.max(0, high[1])],
    ],
    dilation: steps,
  });
  const offset = each((axis) => padding[axis][0] - first[axis] * stride[axis]);
  return slice(
    interleave(spread, phases, stride),
    [0, 0, ...offset],
    [g.shape[0], kernel.shape[1], ...each((axis) => offset[axis] + extent[axis])],
  );
}

/** [O, C, kH, kW] -> [C * phases, O, taps]: turned around, as the cotangent is read backwards. */
function phasesAsOutputs(kernel: Tensor, phases: Pair, taps: Pair): Tensor {
  const [outputs, channels, height, width] = kernel.shape;
  const [rows, columns] = each((axis) => phases[axis] * taps[axis]);
  const padded = pad(kernel, [0, 0, 0, 0], [0, 0, rows - height, columns - width]);
  const apart = reshape(padded, [outputs, channels, taps[0], phases[0], taps[1], phases[1]]);
  const joined = reshape(transpose(apart, [1, 3, 5, 0, 2, 4]), [
    channels * phases[0] * phases[1],
    outputs,
    ...taps,
  ]);
  return reverse(joined, [2, 3]);
}

/** [B, C * phases, H, W] -> [B, C, H * stride, W * stride]; there may be fewer phases than the stride has places. */
function interleave(x: Tensor, phases: Pair, stride: Pair): Tensor {
  const [batch, planes, rows, columns] = x.shape;
  const channels = planes / (phases[0] * phases[1]);
  const apart = transpose(reshape(x, [batch, channels, ...phases, rows, columns]), [0, 1, 4, 2, 5, 3]);
  const filled = pad(apart, [0, 0, 0, 0, 0, 0], [0, 0, 0, stride[0] - phases[0], 0, stride[1] - phases[1]]);
  return reshape(filled, [batch, channels, rows * stride[0], columns * stride[1]]);
}

/**
 * d loss / d kernel: for each tap of the kernel, the product of the cotangent with what the tap saw.
 * @param g [B, O, H', W']
 * @returns [O, C, kH, kW]
 */
export function kernelGradient(g: Tensor, { inputs: [x, kernel], attributes }: Tensor<'conv2d'>): Tensor {
  const { stride, padding, dilation } = attributes;
  const [outputs, channels, ...window] = kernel.shape;
  const [low, high] = [0, 1].map((side) => [0, 0, padding[0][side], padding[1][side]]);
  const padded = pad(x, low, high);
  const strided = stride[0] * stride[1] > 1;
  const even = each((axis) => (dilation[axis] === 1 ? window[axis] % stride[axis] : 1)).every(
    (rest) => rest === 0,
  );
  if (!strided || !even) return tapProducts(g, padded, [window[0], window[1]], stride, dilation);
  // Phases as channels: fewer and wider products of a kernel without stride.
  const taps = each((axis) => window[axis] / stride[axis]);
  const extents = each((axis) => (g.shape[2 + axis] + taps[axis] - 1) * stride[axis]);
  const phases = phasesOf(slice(padded, [0, 0, 0, 0], [...x.shape.slice(0, 2), ...extents]), stride);
  const planes = tapProducts(g, concat(phases.flat(), 1), taps, [1, 1], [1, 1]);
  const apart = reshape(planes, [outputs, ...stride, channels, ...taps]);
  return reshape(transpose(apart, [0, 3, 4, 1, 5, 2]), kernel.shape);
}

/** With fewer channels than this, a kernel's taps share one matrix product: each by itself would be too thin. */
const fewChannels = 16;

/**
 * @param g [B, O, H', W']
 * @param x [B, C, H, W], padded
 * @returns [O, C, kH, kW]
 */
function tapProducts(g: Tensor, x: Tensor, window: Pair, stride: Pair, dilation: Pair): Tensor {
  const [batch, outputs, rows, columns] = g.shape;
  const channels = x.shape[1];
  const positions = rows * columns;
  // A product an image has to be summed over images, and one product over all images needs channels first. The cheaper
  // is the one that moves fewer numbers.
  const together = outputs * channels * window[0] * window[1] > 2 * positions * (outputs + channels);
  const arrange = (images: Tensor) => (together ? transpose(images, [1, 0, 2, 3]) : images);
  const cotangent = reshape(
    arrange(g),
    together ? [outputs, batch * positions] : [batch, outputs, positions],
  );
  const product = (seen: Tensor) => {
    if (together) return matmul(cotangent, transpose(reshape(seen, [-1, batch * positions])));
    return reduceSum(matmul(cotangent, transpose(reshape(seen, [batch, -1, positions]))), 0);
  };
  const taps = tapViews(arrange(x), window, [rows, columns], stride, dilation);
  const planes =
    channels < fewChannels
      ? reshape(product(concat(taps, together ? 0 : 1)), [outputs, taps.length, channels])
      : stack(taps.map(product), 1);
  return reshape(transpose(planes, [0, 2, 1]), [outputs, channels, ...window]);
}

/**
 * What each tap of a kernel multiplies, in row-major order of the taps.
 * @param images [., ., H, W]
 * @returns kH * kW tensors of [., ., H', W']
 */
function tapViews(images: Tensor, window: Pair, result: Pair, stride: Pair, dilation: Pair): Tensor[] {
  const [a, b] = images.shape;
  const phases = phasesOf(images, stride);
  const views = [];
  for (let i = 0; i < window[0]; i++) {
    for (let j = 0; j < window[1]; j++) {
      const place = [i * dilation[0], j * dilation[1]];
      const start = each((axis) => Math.floor(place[axis] / stride[axis]));
      const phase = phases[place[0] % stride[0]][place[1] % stride[1]];
      views.push(slice(phase, [0, 0, ...start], [a, b, ...each((axis) => start[axis] + result[axis])]));
    }
  }
  return views;
}

/** Every s-th row and column, from each of the first s x s places: picked out once, so that taps are contiguous. */
function phasesOf(images: Tensor, stride: Pair): Tensor[][] {
  const places = each((axis) => Math.min(stride[axis], images.shape[2 + axis]));
  const pick = (i: number, j: number) => slice(images, [0, 0, i, j], images.shape, [1, 1, ...stride]);
  return Array.from({ length: places[0] }, (_, i) => Array.from({ length: places[1] }, (_, j) => pick(i, j)));
}
