/**
 * A transformer on states: each body in each of the last frames is a token; attention goes among the bodies of a frame and
 * from each body to its own past, and every token says what its body does next. Equations are numbered in README.md.
 *
 * Vaswani et al., "Attention is all you need" (2017), with the two-step attention of Bruce et al., "Genie" (2024).
 */
import {
  add,
  broadcastTo,
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
import {
  collect,
  defineLayer,
  layerNorm,
  linear,
  mlp,
  normal,
  spatialTemporalAttention,
  zeros,
  type Layer,
  type Parameters,
} from '@orrery/nn';
import type { StateFamily, StateModel, StateWorld } from '../family.ts';
import { CHANGE_SIZE } from '../states/change.ts';
import { BODY_FEATURES, bodyFeatures, MOTION_FEATURES, motionFeatures } from '../states/features.ts';
import { picked } from '../states/moving.ts';
import { changeError, motionAfter } from '../states/prediction.ts';
import { shifted } from '../states/window.ts';
import { stateTransformerConfig, type StateTransformerConfig } from './config.ts';

export const stateTransformer: StateFamily<StateTransformerConfig> = {
  name: 'state-transformer',
  description: 'transformer on states, a token a body and frame, causal in time',
  sees: 'states',
  config: stateTransformerConfig,
  training: { steps: 1500, batch: 32, stepsPerCall: 25 },
  build,
};

function build(config: StateTransformerConfig, world: StateWorld): StateModel {
  const { context, unroll, width, heads } = config;
  const { moving, actions, statistics } = world;
  if (width % heads !== 0)
    throw new Error(
      `state-transformer: ${heads} heads do not divide a width of ${width}; set "heads" to a divisor`,
    );

  const embed = linear('embed', { inputs: MOTION_FEATURES + BODY_FEATURES + actions, outputs: width });
  const time = { time: { shape: [context, 1, width], initialiser: normal(0.02) } };
  const blocks = Array.from({ length: config.blocks }, (_, i) => block(`blocks.${i}`, config));
  const norm = layerNorm('norm', { features: width });
  // An untrained model says the mean change.
  const head = linear('head', { inputs: width, outputs: CHANGE_SIZE, initialiser: zeros });

  /**
   * Equations 1 to 4.
   * @param motion [B, C, N, 13]
   * @param acted [B, C, A], from each of the frames to the next
   * @returns normalised changes [B, C, M, 12] after each frame
   */
  function say(parameters: Parameters, motion: Tensor, bodies: Tensor, acted: Tensor | undefined): Tensor {
    const [batch, frames, count] = motion.shape;
    const alike = (x: Tensor, size: number) => broadcastTo(x, [batch, frames, count, size]);
    const known = concat(
      [
        motionFeatures(motion, expandDims(bodies, 1), statistics),
        alike(expandDims(bodyFeatures(bodies, statistics), 1), BODY_FEATURES),
        ...(acted ? [alike(expandDims(acted, 2), actions)] : []),
      ],
      -1,
    );
    let h = add(embed(parameters, known), parameters['time']); // (1) [B, C, N, width]
    for (const layer of blocks) h = layer(parameters, h);
    return head(parameters, norm(parameters, picked(h, moving))); // (4)
  }

  return {
    contextFrames: context,
    clipFrames: context + unroll,
    parameters: collect(embed, { parameters: time }, ...blocks, norm, head),

    loss(parameters, { motion, bodies, actions: acted }) {
      let seen = sliceAxis(motion, 1, 0, context); // [B, C, N, 13]
      const errors: Tensor[] = [];
      for (let k = 0; k < unroll; k++) {
        const led = acted && sliceAxis(acted, 1, k, k + context);
        const said = say(parameters, seen, bodies, led);
        const now = take(seen, context - 1, 1);
        const last = take(said, context - 1, 1);
        const truth = take(motion, context + k, 1);
        // All frames of the true window learn at once; of a window that holds predictions, the newest does.
        errors.push(
          k === 0
            ? windowError(seen, said, bodies, sliceAxis(motion, 1, 1, context + 1))
            : changeError(world, { motion: now, said: last, bodies, truth }),
        );
        seen = shifted(seen, motionAfter(world, now, last, bodies));
      }
      const loss = mul(errors.reduce(add), 1 / unroll);
      return { loss, metrics: { rmseFirst: sqrt(errors[0]), rmseLast: sqrt(errors.at(-1)!) } };
    },

    encode: (_parameters, { motion, bodies, actions: acted }) => ({
      ...{ motion, bodies },
      ...(acted && { actions: acted }),
    }),

    step(parameters, { motion, bodies, actions: past }, action) {
      const led = past && withLast(past, action!);
      const said = take(say(parameters, motion, bodies, led), context - 1, 1);
      const next = motionAfter(world, take(motion, context - 1, 1), said, bodies); // (5)
      const state = { motion: shifted(motion, next), bodies };
      // The last place of the actions waits for the next one.
      return { state: led ? { ...state, actions: shifted(led, action!) } : state, motion: next };
    },
  };

  /** Equation 6 over all frames of a window. */
  function windowError(seen: Tensor, said: Tensor, bodies: Tensor, truth: Tensor): Tensor {
    const flat = (x: Tensor) => reshape(x, [-1, ...x.shape.slice(2)]);
    const [batch, frames] = seen.shape;
    const each = broadcastTo(expandDims(bodies, 1), [batch, frames, ...bodies.shape.slice(1)]);
    return changeError(world, {
      ...{ motion: flat(seen), said: flat(said), bodies: flat(each), truth: flat(truth) },
    });
  }
}

/** Actions [B, C, A] whose last one is `action` [B, A]. */
function withLast(actions: Tensor, action: Tensor): Tensor {
  const last = expandDims(action, 1);
  const before = actions.shape[1] - 1;
  return before === 0 ? last : concat([sliceAxis(actions, 1, 0, before), last], 1);
}

/** Equations 2 and 3: attention among bodies and over time, then an MLP, each added to what came in. */
function block(name: string, { width, heads, expansion }: StateTransformerConfig): Layer {
  const look = spatialTemporalAttention(`${name}.attention`, { features: width, heads });
  const norm = layerNorm(`${name}.norm`, { features: width });
  const think = mlp(`${name}.mlp`, { widths: [width, expansion * width, width], activation: silu });
  return defineLayer(collect(look, norm, think), (parameters, x) => {
    const y = look(parameters, x);
    return add(y, think(parameters, norm(parameters, y)));
  });
}
