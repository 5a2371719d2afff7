/**
 * Graph network simulator: bodies are nodes, their nearness is edges, and what they do to each other goes along these as
 * messages; accelerations come out, and an Euler step makes them motion.
 *
 * Sanchez-Gonzalez et al., "Learning to simulate complex physics with graph networks" (2020, arXiv 2002.09405), after
 * Battaglia et al., "Interaction networks" (2016, arXiv 1612.00222). Equations are numbered in README.md.
 */
import {
  add,
  broadcastTo,
  cast,
  clip,
  concat,
  constant,
  div,
  expandDims,
  less,
  matmul,
  maximum,
  mul,
  reduceSum,
  relu,
  reshape,
  sliceAxis,
  sqrt,
  square,
  sub,
  take,
  transpose,
  type Tensor,
} from '@orrery/graph';
import {
  collect,
  defineLayer,
  layerNorm,
  linear,
  mlp,
  sequential,
  type Layer,
  type Parameters,
} from '@orrery/nn';
import type { StateFamily, StateModel, StateWorld } from '../family.ts';
import { BODY_FEATURES, bodyFeatures } from '../states/features.ts';
import { bodyPart, motionPart } from '../states/layout.ts';
import { picked, replaced } from '../states/moving.ts';
import { meanWhere, presence } from '../states/prediction.ts';
import { composed, matrixOf, turnBy } from '../states/rotation.ts';
import { denormalised, normalised, type Spread } from '../states/statistics.ts';
import { separations } from '../states/surfaces.ts';
import { rememberingFrames, type Seen } from '../states/window.ts';
import { gnsConfig, type GnsConfig } from './config.ts';

export const gns: StateFamily<GnsConfig> = {
  name: 'gns',
  description: 'graph network simulator on states, after Sanchez-Gonzalez et al. (2020)',
  sees: 'states',
  config: gnsConfig,
  training: { steps: 2000, batch: 64, stepsPerCall: 25 },
  build,
};

/** Of an edge: a direction, a distance, and the gap cut at the radius of connectivity. */
const EDGE = 5;

function build(config: GnsConfig, world: StateWorld): StateModel {
  const { history, latent, layers, rounds, reach, local } = config;
  const { bodies: count, moving, dt, actions, statistics } = world;
  const scales = scalesOf(config, world);
  const radius = reach * dt * Math.hypot(...scales.velocity.deviation) || 1;
  const length = Math.max(...statistics.motion.deviation.slice(0, 3)) || 1;

  const hidden = Array<number>(layers).fill(latent);
  const network = (name: string, inputs: number) =>
    sequential(
      mlp(name, { widths: [inputs, ...hidden, latent], activation: relu }),
      layerNorm(`${name}.norm`, { features: latent }),
    );
  const node = network('node', 3 * history + 3 + 9 + BODY_FEATURES + actions);
  const edge = network('edge', EDGE);
  const processor = Array.from({ length: rounds }, (_, k) => messageRound(`rounds.${k}`, config));
  const decoder = mlp('decoder', { widths: [latent, ...hidden, 6], activation: relu });

  /** Equations 1 to 6: normalised accelerations [B, M, 6], of place and of turn. */
  function accelerate(parameters: Parameters, { motion, bodies, action }: Seen): Tensor {
    const newest = take(motion, history, 1); // [B, N, 13]
    const known = nodeFeatures(motion, newest, bodies, action);
    const encoded = node(parameters, known); // (1) [B, N, latent]
    const near = separations(
      { motion: picked(newest, moving), bodies: picked(bodies, moving) },
      { motion: newest, bodies },
    );
    const cut = clip(div(near.gap, radius), -1, 1);
    let e = edge(parameters, concat([near.direction, div(near.distance, length), cut], -1)); // (2) [B, M, N, latent]
    const edges = connected(near.gap, bodies);
    let v = picked(encoded, moving); // [B, M, latent]
    for (const { message, update } of processor) {
      const m = message(parameters, e, v, replaced(encoded, moving, v)); // (3)
      v = add(v, update(parameters, concat([v, reduceSum(mul(m, edges), 2)], -1))); // (5)
      e = add(e, m); // (4)
    }
    return decoder(parameters, v); // (6)
  }

  /** [B, N, F]: how each body moved, how it is turned, what it is, and what acts. */
  function nodeFeatures(motion: Tensor, newest: Tensor, bodies: Tensor, action: Tensor | undefined): Tensor {
    const [batch] = motion.shape;
    const velocity = velocities(motion); // [B, C, N, 3]
    const past = transpose(normalised(velocity, scales.velocity), [0, 2, 1, 3]);
    const turns = sub(1, sliceAxis(bodyPart(bodies, 'kind'), -1, 0, 1)); // a sphere looks the same from all sides
    return concat(
      [
        reshape(past, [batch, count, 3 * history]),
        normalised(motionPart(newest, 'spin'), scales.spin),
        mul(matrixOf(motionPart(newest, 'orientation')), turns),
        bodyFeatures(bodies, statistics),
        ...(action ? [broadcastTo(expandDims(action, 1), [batch, count, actions])] : []),
      ],
      -1,
    );
  }

  /** [B, M, N, 1]: 1 where a body feels another: one that is there, not itself, and near where the graph is local. */
  function connected(gap: Tensor, bodies: Tensor): Tensor {
    const others = moving.flatMap((own) => Array.from({ length: count }, (_, j) => Number(j !== own)));
    const there = maximum(bodyPart(bodies, 'collides'), cast(less(0, bodyPart(bodies, 'mass')), gap.dtype));
    const pairs = mul(
      constant(others, [moving.length, count, 1], gap.dtype),
      expandDims(there, 1), // [B, 1, N, 1]
    );
    return local ? mul(pairs, cast(less(gap, radius), gap.dtype)) : pairs;
  }

  /** m/s, [B, C, N, 3]: differences of places, not what the simulator calls velocity. */
  function velocities(motion: Tensor): Tensor {
    const place = motionPart(motion, 'position');
    return div(sub(sliceAxis(place, 1, 1), sliceAxis(place, 1, 0, place.shape[1] - 1)), dt);
  }

  /** Equations 7 and 8: semi-implicit Euler, the velocity first. */
  function integrate({ motion, bodies }: Seen, said: Tensor): Tensor {
    const [now, before] = [history, history - 1].map((t) => picked(take(motion, t, 1), moving));
    const there = presence(bodies, moving);
    const change = (from: number, scale: Spread) =>
      mul(denormalised(sliceAxis(said, -1, from, from + 3), scale), there);
    const [place, earlier] = [now, before].map((frame) => motionPart(frame, 'position'));
    const velocity = add(div(sub(place, earlier), dt), change(0, scales.velocityChange));
    const spin = add(motionPart(now, 'spin'), change(3, scales.spinChange));
    const next = concat(
      [
        add(place, mul(velocity, dt)),
        composed(turnBy(mul(spin, dt)), motionPart(now, 'orientation')),
        ...[velocity, spin],
      ],
      -1,
    );
    return replaced(take(motion, history, 1), moving, next);
  }

  return {
    contextFrames: history + 1,
    clipFrames: history + 2,
    parameters: collect(
      node,
      edge,
      ...processor.flatMap(({ message, update }) => [message, update]),
      decoder,
    ),
    noise: {
      loss: {
        walk: { shape: [history, moving.length, 3], distribution: 'normal' },
        spin: { shape: [moving.length, 3], distribution: 'normal' },
      },
    },

    loss(parameters, { motion: whole, bodies, actions: acted }, purpose, noise) {
      const seen = sliceAxis(whole, 1, 0, history + 1);
      const off = purpose === 'train' ? disturbance(config, scales, dt, noise!) : undefined;
      const motion = off ? disturbed(seen, off, moving) : seen;
      const action = acted && take(acted, history, 1);
      const said = accelerate(parameters, { motion, bodies, action }); // [B, M, 6]
      // The next place is moved as the newest one is, so that noise on velocity is to be corrected, and on place is not.
      const shift = off ? sliceAxis(off.place, 1, history) : 0;
      const places = sliceAxis(motionPart(picked(whole, moving), 'position'), 1, history + 1); // [B, 1, M, 3]
      const next = take(add(places, shift), 0, 1);
      const [now, before] = [history, history - 1].map((t) =>
        motionPart(picked(take(motion, t, 1), moving), 'position'),
      );
      const change = div(add(sub(next, mul(now, 2)), before), dt);
      const spins = [take(whole, history + 1, 1), take(motion, history, 1)].map((frame) =>
        motionPart(picked(frame, moving), 'spin'),
      );
      const wanted = concat(
        [normalised(change, scales.velocityChange), normalised(sub(spins[0], spins[1]), scales.spinChange)],
        -1,
      );
      const deviation = [...scales.velocityChange.deviation, ...scales.spinChange.deviation];
      const loss = meanWhere(square(sub(said, wanted)), presence(bodies, moving), deviation); // (9)
      return { loss, metrics: { rmse: sqrt(loss) } };
    },

    ...rememberingFrames((parameters, seen) => integrate(seen, accelerate(parameters, seen))),
  };
}

/** Means and deviations [3] of velocities, spins and their changes from frame to frame; deviations grow by the noise. */
function scalesOf({ noise }: GnsConfig, { statistics: { motion, change } }: StateWorld) {
  const widened = (of: Spread, from: number, by: Spread, byFrom: number): Spread => ({
    mean: of.mean.slice(from, from + 3),
    deviation: of.deviation
      .slice(from, from + 3)
      .map((deviation, i) => Math.hypot(deviation, noise * by.deviation[byFrom + i])),
  });
  return {
    velocity: widened(motion, 7, motion, 7),
    velocityChange: widened(change, 6, motion, 7),
    spin: widened(motion, 10, motion, 10),
    spinChange: widened(change, 9, motion, 10),
    /** Deviations of the noise itself. */
    noise: [7, 10].map((from) => motion.deviation.slice(from, from + 3).map((value) => noise * value)),
  };
}

/** Of what is added to places [B, C + 1, M, 3] m and to the newest spins [B, M, 3] rad/s: a random walk of velocities. */
function disturbance(
  { history }: GnsConfig,
  { noise: [onVelocity, onSpin] }: ReturnType<typeof scalesOf>,
  dt: number,
  { walk, spin }: Readonly<Record<string, Tensor>>,
) {
  const [batch, , bodies] = walk.shape;
  const row = (values: readonly number[]) => constant(values, [3], walk.dtype);
  const steps = mul(mul(walk, row(onVelocity)), 1 / Math.sqrt(history)); // [B, C, M, 3]
  // Row t of the first sums steps to velocities, the second velocities to places, of which the first stays.
  const summed = Array.from({ length: (history + 1) * history }, (_, i) => {
    const [t, k] = [Math.floor(i / history), i % history];
    return Math.max(0, t - k); // velocities k ... t - 1 hold step k
  });
  const sums = mul(constant(summed, [history + 1, history], walk.dtype), dt);
  const place = reshape(matmul(sums, reshape(steps, [batch, history, bodies * 3])), [
    ...[batch, history + 1, bodies, 3],
  ]);
  return { place, spin: mul(spin, row(onSpin)) };
}

/** Motion [B, C + 1, N, 13] with noise on places, and on the newest spin. */
function disturbed(
  motion: Tensor,
  { place, spin }: ReturnType<typeof disturbance>,
  moving: readonly number[],
): Tensor {
  const [batch, frames] = motion.shape;
  const own = picked(motion, moving);
  const [count] = [moving.length];
  const before = sliceAxis(motionPart(own, 'spin'), 1, 0, frames - 1);
  const newest = add(sliceAxis(motionPart(own, 'spin'), 1, frames - 1), reshape(spin, [batch, 1, count, 3]));
  const noisy = concat(
    [
      add(motionPart(own, 'position'), place),
      motionPart(own, 'orientation'),
      motionPart(own, 'velocity'),
      concat([before, newest], 1),
    ],
    -1,
  );
  return replaced(motion, moving, noisy);
}

/** The two networks of a round. */
function messageRound(name: string, { latent, layers }: GnsConfig) {
  const hidden = Array<number>(layers).fill(latent);
  const update: Layer = sequential(
    mlp(`${name}.update`, { widths: [2 * latent, ...hidden, latent], activation: relu }),
    layerNorm(`${name}.update.norm`, { features: latent }),
  );
  return { message: messageNetwork(`${name}.message`, latent, hidden), update };
}

/**
 * phi_e of (edge, receiver, sender). Its first layer is applied to nodes before they are paired, by a kernel for each part
 * of its input: the same sum, with M + N products for M N.
 */
function messageNetwork(
  name: string,
  latent: number,
  hidden: readonly number[],
): Layer<readonly [edges: Tensor, receivers: Tensor, senders: Tensor]> {
  const part = (end: string, bias: boolean) =>
    linear(`${name}.0.${end}`, { inputs: latent, outputs: hidden[0], bias });
  const [edge, receiver, sender] = [part('edge', true), part('receiver', false), part('sender', false)];
  const rest = mlp(`${name}.rest`, { widths: [...hidden, latent], activation: relu });
  const norm = layerNorm(`${name}.norm`, { features: latent });
  return defineLayer(collect(edge, receiver, sender, rest, norm), (parameters, edges, receivers, senders) => {
    const nodes = add(
      expandDims(receiver(parameters, receivers), 2),
      expandDims(sender(parameters, senders), 1),
    );
    return norm(parameters, rest(parameters, relu(add(nodes, edge(parameters, edges)))));
  });
}
