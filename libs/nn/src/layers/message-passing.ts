/** Message passing on graphs: nodes send along edges, and take in the sum of what arrives. */
import {
  add,
  concat,
  constant,
  expandDims,
  formatShape,
  gather,
  mul,
  scatterAdd,
  type Tensor,
  modelError,
} from '@orrery/graph';
import { expectShape } from './expect-shape.ts';
import { collect, defineLayer, type Layer } from './layer.ts';
import { mlp } from './linear.ts';

export interface Edges {
  /** Node that each edge starts from, i32 [E], 0 to N - 1. */
  readonly senders: Tensor;
  /** Node that each edge leads to, i32 [E]. */
  readonly receivers: Tensor;
  /** [B, E, edgeFeatures]: distances, kinds of contact; none by default. */
  readonly features?: Tensor;
  /** [B, E] or [E]: factor of each message, such as 0 for edges that only fill up; 1 by default. */
  readonly weights?: Tensor;
}

export interface MessagePassingOptions {
  /** Of the nodes, before and after. */
  readonly features: number;
  /** Of the edges, 0 by default. */
  readonly edgeFeatures?: number;
  /** Of the hidden layers of both networks; [features] by default. */
  readonly hidden?: readonly number[];
  /** Size of a message, `features` by default. */
  readonly messageFeatures?: number;
  readonly activation: (x: Tensor) => Tensor;
}

/**
 * An interaction network with a residual: message = f(sender, receiver, edge), node + g(node, sum of messages). Battaglia et
 * al. (2016), equation 2; Sanchez-Gonzalez et al. (2020), section 4.2. [B, N, features] -> [B, N, features]; MLPs
 * `<name>.message` and `<name>.update`.
 */
export function messagePassing(
  name: string,
  options: MessagePassingOptions,
): Layer<readonly [nodes: Tensor, edges: Edges]> {
  const { features, edgeFeatures = 0, hidden = [features], messageFeatures = features, activation } = options;
  const layer = `messagePassing "${name}"`;
  const message = mlp(`${name}.message`, {
    widths: [2 * features + edgeFeatures, ...hidden, messageFeatures],
    activation,
  });
  const update = mlp(`${name}.update`, {
    widths: [features + messageFeatures, ...hidden, features],
    activation,
  });
  return defineLayer(collect(message, update), (parameters, nodes: Tensor, edges: Edges) => {
    expectShape(layer, 'nodes', nodes, ['B', 'N', features], 'change "features" or the nodes');
    const [batch, count] = nodes.shape;
    const { senders, receivers, weights } = edges;
    expectShape(layer, 'senders', senders, ['E'], 'list the edges along one axis');
    const [edgeCount] = senders.shape;
    expectShape(layer, 'receivers', receivers, [edgeCount], 'give one for each sender');
    const ends = [gather(nodes, senders, 1), gather(nodes, receivers, 1)]; // [B, E, features] each
    const inputs = concat([...ends, ...given(edges.features, [batch, edgeCount, edgeFeatures])], -1);
    const messages = weigh(message(parameters, inputs), weights); // [B, E, messageFeatures]
    const arrived = scatterAdd(receivers, messages, count, 1); // [B, N, messageFeatures]
    return add(nodes, update(parameters, concat([nodes, arrived], -1)));
  });

  function given(own: Tensor | undefined, shape: readonly number[]): Tensor[] {
    if (!own) {
      if (edgeFeatures === 0) return [];
      throw modelError(`${layer}: no edge features; give ${formatShape(shape)}, or leave out "edgeFeatures"`);
    }
    expectShape(layer, 'edge features', own, shape, 'change "edgeFeatures" or what is given');
    return [own];
  }

  function weigh(messages: Tensor, weights: Tensor | undefined): Tensor {
    if (!weights) return messages;
    const wanted = messages.shape.slice(weights.shape.length === 1 ? 1 : 0, 2);
    expectShape(layer, 'weights', weights, wanted, 'give one an edge');
    return mul(messages, expandDims(weights, -1));
  }
}

/** Every ordered pair of different nodes: N (N - 1) edges. */
export function allPairs(count: number): Pick<Edges, 'senders' | 'receivers'> {
  const pairs = Array.from({ length: count * count }, (_, i) => [Math.floor(i / count), i % count]).filter(
    ([sender, receiver]) => sender !== receiver,
  );
  const side = (end: 0 | 1) =>
    constant(
      pairs.map((pair) => pair[end]),
      [pairs.length],
      'i32',
    );
  return { senders: side(0), receivers: side(1) };
}
