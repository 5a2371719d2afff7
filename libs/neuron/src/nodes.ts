/** The rule of a node: that of its op, or a narrower one where its attributes or operands ask for one. */
import { is, type DType, type OpName, type Tensor } from '@orrery/graph';
import { opRule } from './ops.ts';
import { links, rewritten, warned, type NeuronTarget, type Rule } from './rule.ts';

/** The dtype that decides how an op is computed: that of its data, not of a condition, an index or a comparison's result. */
export function operandDType(node: Tensor): DType {
  if (node.inputs.length === 0) return node.dtype;
  if (is(node, 'cast') && node.attributes.dtype === 'f64') return 'f64';
  if (is(node, 'select') || is(node, 'scatterAdd')) return node.inputs[1].dtype;
  return is(node, 'scan') ? node.dtype : node.inputs[0].dtype;
}

/** @throws when no row speaks of the node: then the table lacks one */
export function nodeRule(node: Tensor, target: NeuronTarget): Rule {
  const exception = (exceptions[node.op] as Exception | undefined)?.(node);
  const rule = exception ?? opRule(node.op, operandDType(node), target);
  if (rule) return rule;
  throw new Error(`neuron: no rule for ${node.op} of ${operandDType(node)}; add a row to ops.ts`);
}

/** Kernels from this side on: their gradient crashed the compiler on trn1. */
const largeKernel = 7;

type Exception = (node: Tensor) => Rule | undefined;
const exceptions: { readonly [Op in OpName]?: Exception } = {
  pow: (node) => {
    if (node.dtype === 'f64' || hasIntegerExponent(node)) return undefined;
    if (hasPositiveBase(node)) {
      return rewritten(
        'exponents must be constant: of a constant base, exp(exponent * log(base))',
        links.operators,
      );
    }
    return warned(
      'the list of operators asks for an exponent that is a whole number and constant',
      links.operators,
    );
  },
  conv2d: (node) => {
    if (!is(node, 'conv2d') || node.dtype === 'f64') return undefined;
    if (isPatchify(node)) return patchified;
    const [height, width] = node.inputs[1].shape.slice(2);
    if (Math.max(height, width) < largeKernel) return undefined;
    return warned(
      'the gradient of a convolution of 7x7 stopped the compiler on trn1 (NCC_ITEN404); prefer patches',
      links.issue(1295),
    );
  },
};

const patchified = rewritten(
  'windows that do not overlap are patches: a reshape and a matrix product, which the tensor engine is made for',
  links.code('NCC_EVRF011'),
);

/** Whether a power is one of a whole number that is known. */
export function hasIntegerExponent({ inputs: [, exponent] }: Tensor): boolean {
  return is(exponent, 'constant') && exponent.attributes.value.every(Number.isInteger);
}

/** Whether the logarithm of a power's base is known. */
export function hasPositiveBase({ inputs: [base] }: Tensor): boolean {
  return is(base, 'constant') && base.attributes.value.every((x) => x > 0);
}

/** Whether the windows of a convolution of more than one pixel tile its picture, without a rest. */
export function isPatchify(node: Tensor<'conv2d'>): boolean {
  const { stride, padding, dilation } = node.attributes;
  const [image, kernel] = node.inputs.map(({ shape }) => shape.slice(2));
  const tiles = ([0, 1] as const).every(
    (axis) =>
      stride[axis] === kernel[axis] &&
      image[axis] % kernel[axis] === 0 &&
      padding[axis][0] + padding[axis][1] === 0 &&
      dilation[axis] === 1,
  );
  return tiles && kernel[0] * kernel[1] > 1;
}
