/** Rewrites a graph into what the Neuron compiler accepts, by the rules of ops.ts. */
import {
  and,
  apply,
  arange,
  broadcastTo,
  cast,
  constant,
  equal,
  exp,
  input,
  is,
  matmul,
  maximum,
  minimum,
  mul,
  not,
  oneHot,
  order,
  reduceSum,
  reshape,
  select,
  size,
  transpose,
  type OpName,
  type PrimitiveName,
  type Program,
  type ScanLoop,
  type Tensor,
} from '@orrery/graph';
import { hasIntegerExponent, hasPositiveBase, isPatchify } from './nodes.ts';

/**
 * The same function for a Neuron compiler: 64-bit floats become f32, inputs and outputs too; indices are clamped, as the
 * lowering to StableHLO does; powers of a constant become exponentials; sums at indices become products with one-hot rows, or
 * masked sums of integers; patches become a matrix product. Other programs come back as they are. `optimize` may follow.
 *
 * Where an update is not finite, a product with one-hot rows is NaN at every place, not at its own alone: 0 times it is NaN.
 * Losses and gradients of finite updates are the same.
 */
export function legalize(program: Program): Program {
  const walk = walker();
  const names = Object.keys(program.outputs);
  const replaced = walk([...program.inputs, ...Object.values(program.outputs)]);
  return {
    inputs: replaced.slice(0, program.inputs.length) as Tensor<'input'>[],
    outputs: Object.fromEntries(names.map((name, i) => [name, replaced[program.inputs.length + i]])),
  };
}

function walker(): (outputs: readonly Tensor[]) => Tensor[] {
  // Scans know each other by their loops, and loops by their inputs: each is replaced once.
  const loops = new Map<ScanLoop, ScanLoop>();
  const sources = new Map<Tensor, Tensor>();
  const narrow = (loop: ScanLoop): ScanLoop => {
    const known = loops.get(loop);
    if (known) return known;
    const replaced = walk([...loop.inputs, ...loop.outputs]);
    const made = {
      ...loop,
      inputs: replaced.slice(0, loop.inputs.length) as Tensor<'input'>[],
      outputs: replaced.slice(loop.inputs.length),
      extends: loop.extends && narrow(loop.extends),
    };
    loops.set(loop, made);
    return made;
  };
  // Not the walk of other passes: it rebuilds a node before its rule, and dtypes change on the way.
  const walk = (outputs: readonly Tensor[]): Tensor[] => {
    const replacements = new Map<Tensor, Tensor>();
    for (const node of order(outputs)) {
      const inputs = node.inputs.map((operand) => replacements.get(operand)!);
      if (is(node, 'scan')) {
        replacements.set(node, apply('scan', inputs, { loop: narrow(node.attributes.loop) }));
        continue;
      }
      const rule = replacing[node.op] as Replacing<OpName> | undefined;
      const made = sources.get(node) ?? rule?.(node, inputs) ?? rebuilt(node, inputs);
      if (node.inputs.length === 0) sources.set(node, made);
      replacements.set(node, made);
    }
    return outputs.map((output) => replacements.get(output)!);
  };
  return walk;
}

function rebuilt(node: Tensor, inputs: readonly Tensor[]): Tensor {
  if (inputs.every((operand, i) => operand === node.inputs[i])) return node;
  return apply(node.op as PrimitiveName, inputs, node.attributes as never);
}

/** @returns undefined where the node may stay */
type Replacing<Op extends OpName> = (node: Tensor<Op>, inputs: readonly Tensor[]) => Tensor | undefined;

const replacing: { readonly [Op in OpName]?: Replacing<Op> } = {
  input: ({ attributes: { name }, shape, dtype }) =>
    dtype === 'f64' ? input(name, shape, 'f32') : undefined,
  constant: ({ attributes: { value }, shape, dtype }) =>
    dtype === 'f64' ? constant(Float32Array.from(value), shape, 'f32') : undefined,
  cast: ({ attributes: { dtype } }, [x]) => (dtype === 'f64' ? cast(x, 'f32') : cast(x, dtype)),
  pow: (node, [base, exponent]) =>
    hasPositiveBase(node) && !hasIntegerExponent(node) ? exp(mul(exponent, logarithm(base))) : undefined,
  or: (_, [a, b]) => not(and(not(a), not(b))),
  gather: ({ attributes: { axis } }, [x, indices]) =>
    apply('gather', [x, clamped(indices, x.shape[axis])], { axis }),
  scatterAdd: (node, [indices, updates]) => sumAt(node, indices, updates),
  conv2d: (node, [x, kernel]) => (isPatchify(node) ? patchify(x, kernel) : undefined),
};

function logarithm(base: Tensor): Tensor {
  const { value } = (base as Tensor<'constant'>).attributes;
  return constant(Array.from(value, Math.log), base.shape, base.dtype);
}

/** Within [0, extent): those that the graph holds may be already. */
function clamped(indices: Tensor, extent: number): Tensor {
  const inside = (index: number) => index >= 0 && index < extent;
  if (is(indices, 'constant') && indices.attributes.value.every(inside)) return indices;
  return minimum(maximum(indices, 0), extent - 1);
}

/** Updates [...before, ...indices, ...after] to sums [...before, size, ...after]. */
function sumAt({ attributes, shape }: Tensor<'scatterAdd'>, indices: Tensor, updates: Tensor): Tensor {
  const { axis, size: extent } = attributes;
  const before = size(updates.shape.slice(0, axis));
  const count = size(indices.shape);
  const after = size(updates.shape.slice(axis + indices.shape.length));
  const flat = reshape(updates, [before, count, after]);
  const at = reshape(clamped(indices, extent), [count]);
  if (updates.dtype === 'i32' || updates.dtype === 'u32') {
    const chosen = equal(reshape(at, [1, count, 1, 1]), reshape(arange(extent), [1, 1, extent, 1]));
    const spread = broadcastTo(reshape(flat, [before, count, 1, after]), [before, count, extent, after]);
    return reshape(reduceSum(select(chosen, spread, 0), 1), shape);
  }
  const rows = transpose(oneHot(at, extent, updates.dtype));
  return reshape(matmul(rows, flat), shape);
}

/** Patches of x [B, C, H, W] as rows, times the kernel [O, C, kH, kW] as a matrix. */
function patchify(x: Tensor, kernel: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape;
  const [outputs, , kernelHeight, kernelWidth] = kernel.shape;
  const [rows, columns] = [height / kernelHeight, width / kernelWidth];
  const patch = channels * kernelHeight * kernelWidth;
  const tiles = reshape(x, [batch, channels, rows, kernelHeight, columns, kernelWidth]);
  const patches = reshape(transpose(tiles, [0, 2, 4, 1, 3, 5]), [batch * rows * columns, patch]);
  const product = matmul(patches, transpose(reshape(kernel, [outputs, patch])));
  return transpose(reshape(product, [batch, rows, columns, outputs]), [0, 3, 1, 2]);
}
