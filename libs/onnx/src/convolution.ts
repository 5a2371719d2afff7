/** conv2d in ONNX. */
import { is, reverse, transpose } from '@orrery/graph';
import type { Tensor } from '@orrery/graph';
import { call, integers, reshapeTo } from './expression.ts';
import type { Expression } from './expression.ts';
import { pad } from './pad.ts';

export function convolution(node: Tensor<'conv2d'>, valueOf: (tensor: Tensor) => Expression): Expression {
  const [x, kernel] = node.inputs;
  if (node.dtype === 'f64') return sumOfTaps(node, valueOf(x), valueOf(kernel));
  const spread = spreadOf(node);
  if (spread) {
    const { image, attributes } = spread;
    return call('ConvTranspose', [valueOf(image), valueOf(turned(kernel))], attributes);
  }
  const { stride, padding, dilation } = node.attributes;
  const [[top, bottom], [left, right]] = padding;
  return call('Conv', [valueOf(x), valueOf(kernel)], {
    kernel_shape: kernel.shape.slice(2),
    strides: stride,
    pads: [top, left, bottom, right],
    dilations: dilation,
  });
}

interface Spread {
  readonly image: Tensor;
  readonly attributes: Readonly<Record<string, readonly number[]>>;
}

/**
 * Of a convolution over an image with zeros between its elements: that image, and what ConvTranspose needs to know,
 * which multiplies none of the zeros. Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep
 * learning", section 4.
 */
function spreadOf({ inputs: [x, kernel], attributes }: Tensor<'conv2d'>): Spread | undefined {
  if (!is(x, 'pad') || attributes.stride.some((step) => step > 1)) return undefined;
  const { low, high, interior } = x.attributes;
  const besides = [low, high, interior].flatMap((amounts) => amounts.slice(0, 2));
  if (besides.some((amount) => amount > 0) || interior.every((gap) => gap === 0)) return undefined;
  const axes = [0, 1] as const;
  const reach = axes.map((axis) => attributes.dilation[axis] * (kernel.shape[2 + axis] - 1));
  const before = axes.map((axis) => reach[axis] - low[2 + axis] - attributes.padding[axis][0]);
  const after = axes.map((axis) => reach[axis] - high[2 + axis] - attributes.padding[axis][1]);
  // Zeros beyond the kernel's reach: ConvTranspose has none before the image, and fewer than a stride behind it.
  const strides = interior.slice(2).map((gap) => gap + 1);
  if (before.some((cut) => cut < 0) || axes.some((axis) => -after[axis] >= strides[axis])) return undefined;
  return {
    image: x.inputs[0],
    attributes: {
      kernel_shape: kernel.shape.slice(2),
      strides,
      pads: [...before, ...after.map((cut) => Math.max(0, cut))],
      output_padding: after.map((cut) => Math.max(0, -cut)),
      dilations: attributes.dilation,
    },
  };
}

/** [O, C, kH, kW] -> [C, O, kH, kW], with both image axes reversed; a kernel that was turned so is turned back. */
function turned(kernel: Tensor): Tensor {
  const [outer] = kernel.inputs;
  if (outer && isTurn(kernel, outer)) return outer.inputs[0];
  return transpose(reverse(kernel, [2, 3]), [1, 0, 2, 3]);
}

function isTurn(last: Tensor, first: Tensor): boolean {
  return (isSwap(last) && isReversal(first)) || (isReversal(last) && isSwap(first));
}

function isSwap(tensor: Tensor): boolean {
  return is(tensor, 'transpose') && tensor.attributes.permutation.join() === '1,0,2,3';
}

function isReversal(tensor: Tensor): boolean {
  return is(tensor, 'reverse') && tensor.attributes.axes.join() === '2,3';
}

/** onnxruntime convolves f32 only: in f64 each kernel element's [O, C] plane multiplies the image that it sees. */
function sumOfTaps(node: Tensor<'conv2d'>, x: Expression, kernel: Expression): Expression {
  const { stride, padding, dilation } = node.attributes;
  const [image, { shape: kernelShape }] = node.inputs;
  const [outputs, channels, height, width] = kernelShape;
  const [batch, , rows, columns] = node.shape;
  const low = [0, 0, padding[0][0], padding[1][0]];
  const high = [0, 0, padding[0][1], padding[1][1]];
  const padded = pad(x, {
    low,
    high,
    interior: [0, 0, 0, 0],
    from: image.shape,
    dtype: node.dtype,
  });
  const taps: Expression[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const plane = reshapeTo([outputs, channels], slice(kernel, [i, j], [i + 1, j + 1], [1, 1]));
      const start = [i * dilation[0], j * dilation[1]];
      const limit = [start[0] + (rows - 1) * stride[0] + 1, start[1] + (columns - 1) * stride[1] + 1];
      const seen = slice(padded, start, limit, stride);
      taps.push(call('MatMul', [plane, reshapeTo([batch, channels, rows * columns], seen)]));
    }
  }
  return reshapeTo(
    node.shape,
    taps.reduce((sum, tap) => call('Add', [sum, tap])),
  );
}

/** Of the last two axes. */
function slice(
  x: Expression,
  start: readonly number[],
  limit: readonly number[],
  stride: readonly number[],
): Expression {
  return call('Slice', [x, integers(start), integers(limit), integers([2, 3]), integers(stride)]);
}
