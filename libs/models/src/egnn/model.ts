/**
 * An E(n)-equivariant graph network: where charged bodies will be, from where they are and how they move. Bodies that
 * are turned, moved, mirrored or renumbered give the same prediction, turned, moved, mirrored or renumbered.
 *
 * Satorras, Hoogeboom and Welling, "E(n) equivariant graph neural networks" (2021, arXiv 2102.09844), equations 3 to 7.
 * Every body sends to every other one, so messages are a dense [N, N] and nothing is gathered or scattered.
 */
import {
  add,
  concat,
  constant,
  expandDims,
  formatShape,
  mean,
  modelError,
  mul,
  reduceSum,
  silu,
  sqrt,
  square,
  sub,
  type Tensor,
} from '@orrery/graph';
import {
  collect,
  defineLayer,
  linear,
  sequential,
  uniform,
  type Initialiser,
  type Layer,
  type Parameters,
  type ParameterSpecs,
} from '@orrery/nn';
import type { EgnnConfig } from './config.ts';

/** N bodies in a space of D dimensions. */
export interface ChargedBodies {
  /** [B, N, D] */
  readonly positions: Tensor;
  /** [B, N, D] */
  readonly velocities: Tensor;
  /** [B, N] */
  readonly charges: Tensor;
}

export interface Egnn {
  readonly parameters: ParameterSpecs;
  /**
   * @returns positions [B, N, D] after the time that the model was trained for
   * @throws when the shapes are not those of two bodies or more
   */
  predict(parameters: Parameters, bodies: ChargedBodies): Tensor;
  /**
   * @param target [B, N, D]
   * @returns mean squared error of the coordinates, []
   */
  loss(parameters: Parameters, bodies: ChargedBodies, target: Tensor): Tensor;
}

export function egnn({ layers, features }: EgnnConfig): Egnn {
  const embed = affine('embed', 1, features);
  const rounds = Array.from({ length: layers }, (_, i) => messageRound(`layers.${i}`, features));

  function predict(parameters: Parameters, bodies: ChargedBodies): Tensor {
    const { positions, velocities, charges } = bodies;
    const count = checkBodies(bodies);
    const charge = expandDims(charges, -1); // [B, N, 1]
    // a_ij of equation 3: the product of the charges, and the squared distance before any body is moved.
    const attributes = concat([pairs(mul, charge), squaredDistances(positions)], -1); // [B, N, N, 2]
    let x = positions;
    let h = embed(parameters, sqrt(reduceSum(square(velocities), -1, { keepDims: true }))); // [B, N, F]
    for (const { message, pull, keep, update } of rounds) {
      // Equation 3: m_ij = phi_e(h_i, h_j, |x_i - x_j|^2, a_ij)
      const m = message(parameters, h, concat([squaredDistances(x), attributes], -1)); // [B, N, N, F]
      // Equation 7: v_i = phi_v(h_i) v_i(0) + C sum_j (x_i - x_j) phi_x(m_ij), with C = 1 / (N - 1); x_i + v_i. Without
      // the first term this is equation 4. What a body sends to itself counts for nothing: x_i - x_i = 0.
      const pulled = reduceSum(mul(pairs(sub, x), pull(parameters, m)), 2); // [B, N, D]
      const v = add(mul(keep(parameters, h), velocities), mul(pulled, 1 / (count - 1))); // [B, N, D]
      x = add(x, v);
      // Equations 5 and 6: h_i + phi_h(h_i, sum over j other than i of m_ij)
      const arrived = reduceSum(mul(m, others(count, m)), 2); // [B, N, F]
      h = add(h, update(parameters, concat([h, arrived], -1)));
    }
    return x;
  }

  return {
    parameters: collect(
      embed,
      ...rounds.flatMap((round) => Object.values<{ parameters: ParameterSpecs }>(round)),
    ),
    predict,
    loss: (parameters, bodies, target) => mean(square(sub(predict(parameters, bodies), target))),
  };
}

/** The four networks of a round. */
function messageRound(name: string, features: number) {
  const pullLast = linear(`${name}.pull.1`, {
    ...{ inputs: features, outputs: 1, bias: false },
    // Bodies hardly move at first.
    initialiser: uniform(0.001 * Math.sqrt(6 / (features + 1))),
  });
  return {
    /** phi_e */
    message: messageNetwork(`${name}.message`, features),
    /** phi_x */
    pull: sequential(affine(`${name}.pull.0`, features, features), silu, pullLast),
    /** phi_v */
    keep: perceptron(`${name}.keep`, [features, features, 1]),
    /** phi_h */
    update: perceptron(`${name}.update`, [2 * features, features, features]),
  };
}

/**
 * phi_e: two layers over (h_i, h_j, edge). The first is applied to h before the bodies are paired, by a kernel for each
 * part of its input: the same sum, with N products for N^2.
 */
function messageNetwork(name: string, features: number): Layer<readonly [h: Tensor, edges: Tensor]> {
  const EDGE = 3;
  const initialiser = uniform(1 / Math.sqrt(2 * features + EDGE));
  const part = (end: string, inputs: number, bias: boolean) =>
    linear(`${name}.0.${end}`, {
      inputs,
      outputs: features,
      bias,
      initialiser,
      biasInitialiser: initialiser,
    });
  const receiver = part('receiver', features, true);
  const sender = part('sender', features, false);
  const edge = part('edge', EDGE, false);
  const second = affine(`${name}.1`, features, features);
  return defineLayer(collect(receiver, sender, edge, second), (parameters, h, edges) => {
    const nodes = pairs(add, receiver(parameters, h), sender(parameters, h)); // [B, N, N, F]
    return silu(second(parameters, silu(add(nodes, edge(parameters, edges)))));
  });
}

function perceptron(name: string, [inputs, hidden, outputs]: readonly [number, number, number]): Layer {
  return sequential(affine(`${name}.0`, inputs, hidden), silu, affine(`${name}.1`, hidden, outputs));
}

/** A linear layer that starts as PyTorch's does: kernel and bias even within 1 / sqrt(inputs). */
function affine(name: string, inputs: number, outputs: number): Layer {
  const initialiser: Initialiser = uniform(1 / Math.sqrt(inputs));
  return linear(name, { inputs, outputs, initialiser, biasInitialiser: initialiser });
}

/** [B, N, C] -> [B, N, N, C]: entry i, j is combine(receivers[i], senders[j]). */
function pairs(combine: (a: Tensor, b: Tensor) => Tensor, receivers: Tensor, senders = receivers): Tensor {
  return combine(expandDims(receivers, 2), expandDims(senders, 1));
}

/** [B, N, D] -> [B, N, N, 1] */
function squaredDistances(x: Tensor): Tensor {
  return reduceSum(square(pairs(sub, x)), -1, { keepDims: true });
}

/** [N, N, 1]: 0 where a body meets itself, 1 elsewhere. */
function others(count: number, { dtype }: Tensor): Tensor {
  const values = Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 0 : 1));
  return constant(values, [count, count, 1], dtype);
}

/** @returns N */
function checkBodies({ positions, velocities, charges }: ChargedBodies): number {
  const [batch, count, dimensions] = positions.shape;
  const [x, v, q] = [positions, velocities, charges].map(({ shape }) => formatShape(shape));
  const wanted = formatShape([batch, count, dimensions]);
  if (count > 1 && x === wanted && v === wanted && q === formatShape([batch, count])) return count;
  throw modelError(
    `egnn: positions ${x}, velocities ${v}, charges ${q}; give [B, N, D] twice and [B, N], with N at least 2`,
  );
}
