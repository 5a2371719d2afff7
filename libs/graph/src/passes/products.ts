/**
 * Regroups products so that fewer of them run over whole tensors: single numbers are multiplied first, and what two terms
 * of a sum have in common is multiplied once. Gradients are full of both: of x sigmoid(x), and of clipped ones.
 */
import { is } from '../apply.ts';
import { isFloat } from '../dtypes.ts';
import { add, mul } from '../elementwise.ts';
import { sameShape, size } from '../extents.ts';
import { order, usersIn } from '../order.ts';
import { constant } from '../sources.ts';
import type { Tensor } from '../tensor.ts';
import { withInputs, type Pass } from './rewrite.ts';

export const regroupProducts: Pass = (outputs) => {
  const nodes = order(outputs);
  const graph = describe(nodes, outputs);
  const results = new Map<Tensor, Tensor>();
  const resultOf = (node: Tensor) => results.get(node) ?? node;
  for (const node of nodes) {
    const regrouped = isFloat(node.dtype)
      ? (scalarsFirst(node, graph) ?? commonFactors(node, graph))
      : undefined;
    const inputs = node.inputs.map(resultOf);
    results.set(node, regrouped ? build(regrouped, resultOf) : withInputs(node, inputs));
  }
  return outputs.map(resultOf);
};

/** What a node becomes, over nodes of the graph as it was. */
type Sketch = Tensor | { readonly op: 'mul' | 'add'; readonly parts: readonly [Sketch, Sketch] };

interface Graph {
  /** Whether nothing but one operand of one node needs it. */
  readonly once: (node: Tensor) => boolean;
  /** The product of two nodes, where the graph has it. */
  readonly product: (a: Tensor, b: Tensor) => Tensor | undefined;
}

const times = (a: Sketch, b: Sketch): Sketch => ({ op: 'mul', parts: [a, b] });

function build(sketch: Sketch, resultOf: (node: Tensor) => Tensor): Tensor {
  if (!('parts' in sketch)) return resultOf(sketch);
  const [a, b] = sketch.parts.map((part) => build(part, resultOf));
  return sketch.op === 'mul' ? mul(a, b) : add(a, b);
}

function describe(nodes: readonly Tensor[], outputs: readonly Tensor[]): Graph {
  const users = usersIn(nodes);
  const wanted = new Set(outputs);
  const ids = new Map(nodes.map((node, id) => [node, id]));
  const keyOf = (a: Tensor, b: Tensor) => [ids.get(a)!, ids.get(b)!].sort((x, y) => x - y).join();
  const products = new Map<string, Tensor>();
  for (const node of nodes) {
    if (is(node, 'mul')) products.set(keyOf(...(node.inputs as readonly [Tensor, Tensor])), node);
  }
  return {
    once: (node) => {
      const [user, ...others] = users.get(node) ?? [];
      return others.length === 0 && !wanted.has(node) && user?.inputs.filter((x) => x === node).length === 1;
    },
    product: (a, b) => products.get(keyOf(a, b)),
  };
}

/** A tensor times a single number. */
function scaled(node: Tensor): { readonly x: Tensor; readonly factor: Tensor } | undefined {
  if (!is(node, 'mul')) return undefined;
  const [a, b] = node.inputs;
  const [x, factor] = size(a.shape) === 1 ? [b, a] : [a, b];
  return size(factor.shape) === 1 && size(x.shape) > 1 && sameShape(x.shape, node.shape)
    ? { x, factor }
    : undefined;
}

/** (x s) t -> x (s t), and (x s)^2 -> x^2 s^2 where x^2 is known, for single numbers s and t. */
function scalarsFirst(node: Tensor, graph: Graph): Sketch | undefined {
  if (!is(node, 'mul')) return undefined;
  const outer = scaled(node);
  const inner = scaled(outer?.x ?? node.inputs[0]);
  if (!inner) return undefined;
  if (outer) return times(inner.x, times(inner.factor, outer.factor));
  const square = node.inputs[0] === node.inputs[1] ? graph.product(inner.x, inner.x) : undefined;
  return square && times(square, times(inner.factor, inner.factor));
}

/**
 * a b + a c -> a (b + c), for products of any length. What is taken out is all that the terms share, or all but one factor
 * where that makes a product that the graph has anyway.
 */
function commonFactors(node: Tensor, graph: Graph): Sketch | undefined {
  if (!is(node, 'add') || !node.inputs.every(({ shape }) => sameShape(shape, node.shape))) return undefined;
  const dissolved = new Set<Tensor>();
  const terms = node.inputs.map((term) => factorsOf(term, graph, dissolved));
  const known = (a: Tensor, b: Tensor) => {
    const product = graph.product(a, b);
    return product && !dissolved.has(product) ? product : undefined;
  };
  const common = shared(terms[0], terms[1]);
  if (common.length === 0) return undefined;
  const choices = [common, ...common.map((factor) => without(common, [factor]))].flatMap((taken) => {
    const rests = terms.map((factors) => without(factors, taken));
    // Both parts have to be as large as the sum is, or the result would not be.
    const whole = [taken, rests.flat()].every((part) =>
      part.some(({ shape }) => sameShape(shape, node.shape)),
    );
    if (!whole) return [];
    const [first, second] = rests.map((rest) => productOf(rest, known) ?? constant(1, [], node.dtype));
    return [times(productOf(taken, known)!, { op: 'add', parts: [first, second] })];
  });
  const spent = terms.reduce((sum, { length }) => sum + length, -1);
  const cheapest = Math.min(spent, ...choices.map(operations));
  return cheapest < spent ? choices.find((choice) => operations(choice) === cheapest) : undefined;
}

const operations = (sketch: Sketch): number =>
  'parts' in sketch ? 1 + operations(sketch.parts[0]) + operations(sketch.parts[1]) : 0;

/** The entries of a that b has too, as often as both have them. */
function shared(a: readonly Tensor[], b: readonly Tensor[]): Tensor[] {
  return without(a, without(a, b));
}

/** a without the entries of b, each taken once. */
function without(a: readonly Tensor[], b: readonly Tensor[]): Tensor[] {
  const gone = [...b];
  return a.filter((factor) => {
    const at = gone.indexOf(factor);
    if (at >= 0) gone.splice(at, 1);
    return at < 0;
  });
}

/** The factors of a product that nothing else needs, down to what is no such product; what they leave is dissolved. */
function factorsOf(node: Tensor, graph: Graph, dissolved: Set<Tensor>): readonly Tensor[] {
  if (!is(node, 'mul') || !graph.once(node)) return [node];
  dissolved.add(node);
  return node.inputs.flatMap((factor) => factorsOf(factor, graph, dissolved));
}

/** Over products that are known, as far as there are; undefined for no factors. */
function productOf(factors: readonly Tensor[], known: Graph['product']): Sketch | undefined {
  if (factors.length === 0) return undefined;
  for (const [i, a] of factors.entries()) {
    for (const b of factors.slice(i + 1)) {
      const product = known(a, b);
      if (product) return productOf([product, ...without(factors, [a, b])], known);
    }
  }
  return factors.slice(1).reduce<Sketch>(times, factors[0]);
}
