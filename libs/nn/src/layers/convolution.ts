import { add, conv2d, reshape } from '@orrery/graph';
import { heNormal, zeros, type Initialiser } from '../initialisers.ts';
import { expectShape } from './expect-shape.ts';
import { defineLayer, type Layer } from './layer.ts';

export interface ConvolutionOptions {
  /** Channels in. */
  readonly inputs: number;
  /** Channels out. */
  readonly outputs: number;
  /** Side of the square kernel, 3 by default. */
  readonly size?: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** "same" by default: H' = ceil(H / stride), the odd zero below and to the right; or zeros on each side */
  readonly padding?: 'same' | number;
  /** true by default */
  readonly bias?: boolean;
  /** of the kernel; He's normal by default */
  readonly initialiser?: Initialiser;
}

/**
 * Convolution [B, inputs, H, W] -> [B, outputs, H', W'], with `<name>.kernel` [outputs, inputs, size, size] and
 * `<name>.bias` [outputs].
 */
export function convolution(name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, size = 3, stride = 1, dilation = 1, padding = 'same', bias = true } = options;
  const { initialiser = heNormal } = options;
  const kernel = `${name}.kernel`;
  const shift = `${name}.bias`;
  return defineLayer(
    {
      [kernel]: { shape: [outputs, inputs, size, size], initialiser },
      ...(bias ? { [shift]: { shape: [outputs], initialiser: zeros } } : {}),
    },
    (parameters, x) => {
      expectShape(`convolution "${name}"`, 'x', x, ['B', inputs, 'H', 'W'], 'change "inputs" or x');
      const around = (extent: number) =>
        padding === 'same' ? samePadding(extent, { size, stride, dilation }) : ([padding, padding] as const);
      const y = conv2d(x, parameters[kernel], {
        stride,
        dilation,
        padding: [around(x.shape[2]), around(x.shape[3])],
      });
      return bias ? add(y, reshape(parameters[shift], [outputs, 1, 1])) : y;
    },
  );
}

/**
 * Zeros before and after an axis so that its output has ceil(extent / stride) entries, as TensorFlow and JAX pad "SAME".
 * @returns [before, after]; an odd zero comes after
 */
export function samePadding(
  extent: number,
  { size, stride = 1, dilation = 1 }: { size: number; stride?: number; dilation?: number },
): [number, number] {
  const reach = dilation * (size - 1) + 1;
  const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
