/** Convolution run backwards, as decoders use it. */
import { modelError } from './model-error.ts';
import { windowOf } from './contractions.ts';
import type { Conv2dOptions } from './contractions.ts';
import { spreadKernel } from './convolution-gradients.ts';
import { formatShape } from './extents.ts';
import type { Tensor } from './tensor.ts';

/**
 * Transposed convolution: each element of x adds the kernel, scaled, to an image, `stride` apart; `padding` is cut
 * off. It is the gradient of conv2d by its image, and PyTorch's conv_transpose2d.
 * @param x [B, O, H', W']
 * @param kernel [O, C, kH, kW]
 * @returns [B, C, H, W] with H = stride (H' - 1) + dilation (kH - 1) + 1 - top - bottom
 */
export function conv2dTranspose(x: Tensor, kernel: Tensor, options: Conv2dOptions = {}): Tensor {
  const window = windowOf(options);
  const pair = `conv2dTranspose: ${formatShape(x.shape)} with kernel ${formatShape(kernel.shape)}`;
  if (x.shape.length !== 4 || kernel.shape.length !== 4 || x.shape[1] !== kernel.shape[0]) {
    throw modelError(`${pair}: need [B, O, H, W] and [O, C, kH, kW] with the same O`);
  }
  const extent = (axis: 0 | 1) =>
    window.stride[axis] * (x.shape[2 + axis] - 1) +
    window.dilation[axis] * (kernel.shape[2 + axis] - 1) +
    1 -
    window.padding[axis][0] -
    window.padding[axis][1];
  if (extent(0) < 1 || extent(1) < 1) throw modelError(`${pair}: the padding cuts off everything; pad less`);
  return spreadKernel(x, kernel, window, [extent(0), extent(1)]);
}
