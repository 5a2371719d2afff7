import { add, matmul, reshape, type Tensor, modelError } from '@orrery/graph';
import { lecunNormal, zeros, type Initialiser } from '../initialisers.ts';
import { expectShape } from './expect-shape.ts';
import { defineLayer, sequential, type Layer } from './layer.ts';

export interface LinearOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** true by default */
  readonly bias?: boolean;
  /** of the kernel; LeCun's normal by default */
  readonly initialiser?: Initialiser;
  /** of the bias; zeros by default */
  readonly biasInitialiser?: Initialiser;
}

/**
 * x W + b: [..., inputs] -> [..., outputs], with `<name>.kernel` [inputs, outputs] and `<name>.bias` [outputs].
 */
export function linear(name: string, options: LinearOptions): Layer {
  const { inputs, outputs, bias = true, initialiser = lecunNormal, biasInitialiser = zeros } = options;
  const kernel = `${name}.kernel`;
  const shift = `${name}.bias`;
  return defineLayer(
    {
      [kernel]: { shape: [inputs, outputs], initialiser },
      ...(bias ? { [shift]: { shape: [outputs], initialiser: biasInitialiser } } : {}),
    },
    (parameters, x) => {
      expectShape(`linear "${name}"`, 'x', x, ['...', inputs], 'change "inputs" or x');
      // One large product instead of one for each leading index, forward and backward.
      const product = matmul(reshape(x, [-1, inputs]), parameters[kernel]);
      const y = bias ? add(product, parameters[shift]) : product;
      return reshape(y, [...x.shape.slice(0, -1), outputs]);
    },
  );
}

export interface MlpOptions {
  /** Features in, of each hidden layer, and out. */
  readonly widths: readonly number[];
  /** After each layer but the last. */
  readonly activation: (x: Tensor) => Tensor;
  /** of the last layer's kernel; LeCun's normal by default, zeros for a network that starts as zero */
  readonly lastInitialiser?: Initialiser;
}

/** Linear layers `<name>.0`, `<name>.1`, ... with an activation between: [..., widths[0]] -> [..., widths.at(-1)]. */
export function mlp(name: string, { widths, activation, lastInitialiser }: MlpOptions): Layer {
  const last = widths.length - 2;
  if (last < 0) {
    throw modelError(`mlp "${name}": widths [${widths.join(', ')}]; give at least features in and out`);
  }
  return sequential(
    ...widths.slice(1).flatMap((outputs, i) => {
      const initialiser = i === last ? lastInitialiser : undefined;
      const layer = linear(`${name}.${i}`, { inputs: widths[i], outputs, initialiser });
      return i === last ? [layer] : [layer, activation];
    }),
  );
}
