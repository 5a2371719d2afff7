import { add, conv2dTranspose, reshape, modelError } from '@orrery/graph';
import { normal, zeros, type Initialiser } from '../initialisers.ts';
import { expectShape } from './expect-shape.ts';
import { defineLayer, type Layer } from './layer.ts';

export interface TransposedConvolutionOptions {
  /** Channels in. */
  readonly inputs: number;
  /** Channels out. */
  readonly outputs: number;
  /** Side of the square kernel, 4 by default: twice the stride, so that every pixel is reached as often. */
  readonly size?: number;
  /** 2 by default */
  readonly stride?: number;
  /** "same" by default: H' = stride H, the odd row cut off below and to the right; or what is cut off each side */
  readonly padding?: 'same' | number;
  /** true by default */
  readonly bias?: boolean;
  /** of the kernel; He's normal by default, for the (size / stride)^2 kernel entries that one output sums over */
  readonly initialiser?: Initialiser;
}

/**
 * Transposed convolution, which grows an image: [B, inputs, H, W] -> [B, outputs, H', W'] with
 * H' = stride (H - 1) + size - 2 padding, `<name>.kernel` [inputs, outputs, size, size] and `<name>.bias` [outputs].
 * The gradient of a convolution by its image: Dumoulin and Visin (2016), chapter 4; PyTorch's ConvTranspose2d.
 * @throws when "same" is asked of a kernel smaller than the stride, which leaves pixels that nothing reaches
 */
export function transposedConvolution(name: string, options: TransposedConvolutionOptions): Layer {
  const { inputs, outputs, size = 4, stride = 2, padding = 'same', bias = true } = options;
  const { initialiser = normal(Math.sqrt(2 / (inputs * (size / stride) ** 2))) } = options;
  if (padding === 'same' && size < stride) {
    throw modelError(
      `transposedConvolution "${name}": a kernel of ${size} is smaller than the stride ${stride}; enlarge "size"`,
    );
  }
  const cut = padding === 'same' ? (size - stride) / 2 : padding;
  const around = [Math.floor(cut), Math.ceil(cut)] as const;
  const kernel = `${name}.kernel`;
  const shift = `${name}.bias`;
  return defineLayer(
    {
      [kernel]: { shape: [inputs, outputs, size, size], initialiser },
      ...(bias ? { [shift]: { shape: [outputs], initialiser: zeros } } : {}),
    },
    (parameters, x) => {
      const wanted = ['B', inputs, 'H', 'W'];
      expectShape(`transposedConvolution "${name}"`, 'x', x, wanted, 'change "inputs" or x');
      const y = conv2dTranspose(x, parameters[kernel], { stride, padding: [around, around] });
      return bias ? add(y, reshape(parameters[shift], [outputs, 1, 1])) : y;
    },
  );
}
