/**
 * A perceptron on states: from what all bodies did in the last frames to what each moving one does next. It knows nothing of
 * space, of pairs or of contacts; what a graph network is worth shows beside it. Equations are numbered in README.md.
 */
import {
  add,
  concat,
  expandDims,
  mul,
  reshape,
  silu,
  sliceAxis,
  sqrt,
  take,
  type Tensor,
} from '@orrery/graph';
import { mlp, zeros } from '@orrery/nn';
import type { Parameters, StateFamily, StateModel, StateWorld } from '../family.ts';
import { BODY_FEATURES, bodyFeatures, MOTION_FEATURES, motionFeatures } from '../states/features.ts';
import { CHANGE_SIZE } from '../states/change.ts';
import { changeError, motionAfter } from '../states/prediction.ts';
import { rememberingFrames, shifted, type Seen } from '../states/window.ts';
import { stateMlpConfig, type StateMlpConfig } from './config.ts';

export const stateMlp: StateFamily<StateMlpConfig> = {
  name: 'state-mlp',
  description: 'perceptron on the states of all bodies',
  sees: 'states',
  config: stateMlpConfig,
  training: { steps: 4000, batch: 128, stepsPerCall: 50 },
  build,
};

function build({ context, unroll, width, layers }: StateMlpConfig, world: StateWorld): StateModel {
  const { bodies: count, moving, actions, statistics } = world;
  const inputs = count * (context * MOTION_FEATURES + BODY_FEATURES) + actions;
  const network = mlp('network', {
    widths: [inputs, ...Array<number>(layers).fill(width), moving.length * CHANGE_SIZE],
    activation: silu,
    // An untrained model says the mean change.
    lastInitialiser: zeros,
  });

  /** Equations 1 and 2: normalised changes [B, M, 12]. */
  function say(parameters: Parameters, { motion, bodies, action }: Seen): Tensor {
    const [batch] = motion.shape;
    const moved = motionFeatures(motion, expandDims(bodies, 1), statistics); // [B, C, N, 18]
    const known = [moved, bodyFeatures(bodies, statistics)].map((part) => reshape(part, [batch, -1]));
    const said = network(parameters, concat(action ? [...known, action] : known, -1));
    return reshape(said, [batch, moving.length, CHANGE_SIZE]);
  }

  return {
    contextFrames: context,
    clipFrames: context + unroll,
    parameters: network.parameters,

    loss(parameters, { motion, bodies, actions: acted }) {
      let seen = sliceAxis(motion, 1, 0, context); // [B, C, N, 13]
      const errors: Tensor[] = [];
      for (let k = 0; k < unroll; k++) {
        const action = acted && take(acted, context + k - 1, 1);
        const now = take(seen, context - 1, 1);
        const said = say(parameters, { motion: seen, bodies, action });
        errors.push(changeError(world, { motion: now, said, bodies, truth: take(motion, context + k, 1) })); // (4)
        seen = shifted(seen, motionAfter(world, now, said, bodies));
      }
      const loss = mul(errors.reduce(add), 1 / unroll);
      return { loss, metrics: { rmseFirst: sqrt(errors[0]), rmseLast: sqrt(errors.at(-1)!) } };
    },

    ...rememberingFrames(
      (parameters, seen) =>
        motionAfter(world, take(seen.motion, context - 1, 1), say(parameters, seen), seen.bodies), // (3)
    ),
  };
}
