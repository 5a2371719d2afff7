/**
 * Finds what back ends have kernels of: attention and norms, which graphs say in primitives. They are recognised by their
 * form, as gradients and optimisation keep the form and would lose a label. Of a training step it is the forward pass: what
 * the backward pass reads of the inside comes out as further results.
 */
import { is, order, usersIn, type Tensor } from '@orrery/graph';

export interface Composite {
  readonly name: 'orrery.attention' | 'orrery.layer_norm' | 'orrery.rms_norm';
  readonly attributes: Readonly<Record<string, { readonly value: number; readonly dtype: 'f32' | 'i64' }>>;
  /**
   * - attention: query [..., T, D], which is scaled; key [..., S, D]; value [..., S, V]; mask, bool, where there is one;
   * - norms: x [..., F]; scale [F]; bias [F], as far as there are such
   */
  readonly operands: readonly Tensor[];
  /** What it computes inside, after what each needs. */
  readonly body: readonly Tensor[];
  /** The result, then what others read of the inside. */
  readonly results: readonly Tensor[];
}

/** Without results, which depend on who reads what. */
interface Form extends Omit<Composite, 'body' | 'results'> {
  readonly result: Tensor;
  /** Written inside; cheap enough to be written outside too, where somebody else reads it. */
  readonly repeated?: readonly Tensor[];
}

/** @returns all that share no node and can each be computed at one time, in the order of the graph */
export function findComposites(outputs: readonly Tensor[]): readonly Composite[] {
  const nodes = order(outputs);
  const users = usersIn(nodes);
  const wanted = new Set(outputs);
  const found: Composite[] = [];
  const holder = new Map<Tensor, Composite>();
  for (const node of nodes) {
    const form = attention(node) ?? norm(node, users, wanted);
    if (!form) continue;
    const body = insideOf(form);
    const own = new Set(body);
    if (body.some((inside) => holder.has(inside))) continue;
    const repeated = new Set(form.repeated);
    const isRead = (inside: Tensor) =>
      wanted.has(inside) || (users.get(inside) ?? []).some((user) => !own.has(user));
    const others = body.filter(
      (inside) =>
        inside !== form.result && !repeated.has(inside) && !is(inside, 'constant') && isRead(inside),
    );
    const composite = { ...form, body, results: [form.result, ...others] };
    if (dependsOnItself(composite, repeated, holder)) continue;
    found.push(composite);
    for (const inside of body)
      if (!repeated.has(inside) && !is(inside, 'constant')) holder.set(inside, composite);
  }
  return found;
}

/** What lies between the operands and the result. */
function insideOf({ operands, result }: Form): Tensor[] {
  const outside = new Set(operands);
  const inside: Tensor[] = [];
  const visit = (node: Tensor) => {
    if (outside.has(node)) return;
    outside.add(node);
    node.inputs.forEach(visit);
    inside.push(node);
  };
  visit(result);
  return inside;
}

/** Whether an operand needs a result, by way of what was found before too: then there is no time to compute it at. */
function dependsOnItself(
  { operands, body }: Composite,
  repeated: ReadonlySet<Tensor>,
  holder: ReadonlyMap<Tensor, Composite>,
): boolean {
  const own = new Set(body.filter((inside) => !repeated.has(inside) && !is(inside, 'constant')));
  const seen = new Set<Tensor>(operands);
  const waiting = [...operands];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (own.has(node)) return true;
    for (const operand of holder.get(node)?.operands ?? node.inputs) {
      if (seen.has(operand)) continue;
      seen.add(operand);
      waiting.push(operand);
    }
  }
  return false;
}

/** softmax(query key^T) value, masked or not: `dotProductAttention` of libs/nn, its products of 16 bits too. */
function attention(result: Tensor): Form | undefined {
  if (!is(result, 'matmul')) return undefined;
  const [weights, value] = result.inputs;
  const scores = softmaxOf(uncast(weights));
  if (!scores) return undefined;
  const masked = is(scores, 'select') && isSplat(scores.inputs[2]);
  const product = uncast(masked ? scores.inputs[1] : scores);
  if (!is(product, 'matmul')) return undefined;
  const [query, transposed] = product.inputs;
  const swap = is(transposed, 'transpose') && swapsLast(transposed) ? transposed : undefined;
  if (!swap) return undefined;
  return {
    ...{ name: 'orrery.attention', attributes: {}, result, repeated: [swap] },
    operands: [query, swap.inputs[0], value, ...(masked ? [scores.inputs[0]] : [])],
  };
}

/** What a softmax over the last axis is of: `softmax` of libs/graph. */
function softmaxOf(node: Tensor): Tensor | undefined {
  if (!is(node, 'div')) return undefined;
  const [exponentials, sums] = node.inputs;
  if (!is(exponentials, 'exp') || keptReduction(sums, 'reduceSum') !== exponentials) return undefined;
  const [shifted] = exponentials.inputs;
  if (!is(shifted, 'sub')) return undefined;
  const [scores, most] = shifted.inputs;
  return keptReduction(most, 'reduceMax') === scores ? scores : undefined;
}

/** `layerNorm` and `rmsNorm` of libs/nn, and the former without scale and bias, as an adaptive norm has it. */
function norm(
  node: Tensor,
  users: ReadonlyMap<Tensor, readonly Tensor[]>,
  wanted: ReadonlySet<Tensor>,
): Form | undefined {
  if (!is(node, 'div')) return undefined;
  const [x, deviation] = node.inputs;
  if (!is(deviation, 'sqrt') || !is(deviation.inputs[0], 'add')) return undefined;
  const [variance, epsilon] = deviation.inputs[0].inputs;
  const squares = meanOf(variance);
  if (!isSplat(epsilon) || !squares || !is(squares, 'mul') || !squares.inputs.every((side) => side === x))
    return undefined;
  const centred = is(x, 'sub') && meanOf(x.inputs[1]) === x.inputs[0];
  const features = x.shape.at(-1);
  // Where one thing is done with the standardised values, and that is to scale (and shift) each feature, it belongs to them.
  const isVector = (other: Tensor) =>
    other.shape.length === 1 && other.shape[0] === features && other !== node;
  const follow = (from: Tensor, op: 'mul' | 'add') => {
    const after = (users.get(from) ?? []).filter((user) => user.op === op && user.inputs.some(isVector));
    return after.length === 1 && !wanted.has(from) ? after[0] : undefined;
  };
  const scaled = follow(node, 'mul');
  const shifted = scaled && centred ? follow(scaled, 'add') : undefined;
  const vectors = [scaled, shifted].flatMap((step) => step?.inputs.find(isVector) ?? []);
  return {
    name: centred ? 'orrery.layer_norm' : 'orrery.rms_norm',
    attributes: {
      axis: { value: x.shape.length - 1, dtype: 'i64' },
      epsilon: { value: epsilon.attributes.value[0], dtype: 'f32' },
    },
    result: shifted ?? scaled ?? node,
    operands: [centred ? x.inputs[0] : x, ...vectors],
  };
}

/** x, where the node is sum(x) / n over the last axis, which stays as one of size 1. */
function meanOf(node: Tensor): Tensor | undefined {
  if (!is(node, 'mul') || !isSplat(node.inputs[1])) return undefined;
  const x = keptReduction(node.inputs[0], 'reduceSum');
  const share = x && 1 / x.shape.at(-1)!;
  return share !== undefined && Math.abs(node.inputs[1].attributes.value[0] / share - 1) < 1e-6
    ? x
    : undefined;
}

/** x, where the node is its reduction over the last axis, which stays as one of size 1. */
function keptReduction(node: Tensor, op: 'reduceSum' | 'reduceMax'): Tensor | undefined {
  if (!is(node, 'reshape')) return undefined;
  const [reduced] = node.inputs;
  if (!is(reduced, op)) return undefined;
  const [x] = reduced.inputs;
  const last = x.shape.length - 1;
  const kept = x.shape.with(-1, 1).every((extent, axis) => extent === node.shape[axis]);
  const { axes } = reduced.attributes;
  return kept && axes.length === 1 && axes[0] === last ? x : undefined;
}

function swapsLast({ shape, attributes: { permutation } }: Tensor<'transpose'>): boolean {
  const rank = shape.length;
  return permutation.every((from, axis) => from === (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}

function isSplat(node: Tensor): node is Tensor<'constant'> {
  return is(node, 'constant') && node.attributes.value.length === 1;
}

function uncast(node: Tensor): Tensor {
  return is(node, 'cast') ? uncast(node.inputs[0]) : node;
}
