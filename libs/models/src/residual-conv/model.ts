/**
 * Residual convolution: the next frame is the last frame plus what a convolutional network says that changes.
 *
 * The blocks are those of He et al., "Identity mappings in deep residual networks" (2016), figure 4 (e), without
 * normalisation; the patches are SimVP's idea (Gao et al., 2022) of predicting on a coarse grid, without its
 * encoder and decoder.
 */
import {
  add,
  broadcastTo,
  clip,
  concat,
  mean,
  mul,
  reshape,
  silu,
  sliceAxis,
  sqrt,
  square,
  stopGradient,
  sub,
  take,
  transpose,
  type Tensor,
} from '@orrery/graph';
import { collect, convolution, defineLayer, normal, zeros, type Layer, type Parameters } from '@orrery/nn';
import type { FrameFamily, FrameModel, FrameWorld } from '../family.ts';
import { residualConvConfig, type ResidualConvConfig } from './config.ts';

export const residualConv: FrameFamily<ResidualConvConfig> = {
  name: 'residual-conv',
  description: 'convolutional residual network on pixels, after He et al. (2016)',
  config: residualConvConfig,
  sees: 'frames',
  build,
};

function build(config: ResidualConvConfig, world: FrameWorld): FrameModel {
  const { context, unroll, patch, width, cut, discount } = config;
  const { height, width: columns, channels, actions: actuators } = world;
  if (height % patch !== 0 || columns % patch !== 0) {
    throw new Error(
      `residual-conv: patches of ${patch} do not divide frames of ${columns}x${height}; set "patch" to a divisor of both`,
    );
  }
  const rows = height / patch;
  const cells = columns / patch;
  const pixels = channels * patch * patch;

  const stem = convolution('stem', { inputs: context * pixels + actuators, outputs: width });
  // Where a cell lies, so that the network knows of the walls.
  const place = addMap('place', [width, rows, cells]);
  const blocks = Array.from({ length: config.blocks }, (_, i) => residualBlock(`blocks.${i}`, width));
  // Zeros at first: an untrained model copies the last frame.
  const head = convolution('head', { inputs: width, outputs: pixels, initialiser: zeros });

  /**
   * @param seen [B, context * pixels, rows, cells], the oldest frame first
   * @param action [B, A], every cell sees all of it
   * @returns the next frame [B, pixels, rows, cells]
   */
  function predict(parameters: Parameters, seen: Tensor, action: Tensor | undefined): Tensor {
    const known = action ? concat([seen, maps(action, rows, cells)], 1) : seen;
    let x = place(parameters, stem(parameters, known)); // [B, width, rows, cells]
    for (const block of blocks) x = block(parameters, x);
    const change = head(parameters, silu(x)); // [B, pixels, rows, cells]
    return add(sliceAxis(seen, 1, (context - 1) * pixels), change);
  }

  /** Forgets the oldest frame. */
  function shift(seen: Tensor, next: Tensor): Tensor {
    return context === 1 ? next : concat([sliceAxis(seen, 1, pixels), next], 1);
  }

  return {
    contextFrames: context,
    clipFrames: context + unroll,
    parameters: collect(stem, place, ...blocks, head),

    loss(parameters, { frames, actions }) {
      const [batch] = frames.shape;
      const clipPatches = toPatches(frames, patch); // [B, T, pixels, rows, cells]
      let seen = reshape(sliceAxis(clipPatches, 1, 0, context), [batch, context * pixels, rows, cells]);
      const errors: Tensor[] = [];
      for (let k = 0; k < unroll; k++) {
        const said = predict(parameters, seen, actions && take(actions, context + k - 1, 1));
        const next = cut ? clip(said, 0, 1) : said;
        // The slope of the error at the cut value, taken where the network stands: what is wrongly outside comes back.
        const judged = cut ? add(said, stopGradient(sub(next, said))) : said;
        errors.push(mean(square(sub(judged, take(clipPatches, context + k, 1)))));
        seen = shift(seen, next);
      }
      const weights = errors.map((_, k) => discount ** k);
      const loss = mul(
        errors.map((error, k) => mul(error, weights[k])).reduce((sum, error) => add(sum, error)),
        1 / weights.reduce((sum, weight) => sum + weight),
      );
      return { loss, metrics: { rmseFirst: sqrt(errors[0]), rmseLast: sqrt(errors.at(-1)!) } };
    },

    encode(_parameters, { frames }) {
      const [batch] = frames.shape;
      return { seen: reshape(toPatches(frames, patch), [batch, context * pixels, rows, cells]) };
    },

    step(parameters, { seen }, action) {
      const next = clip(predict(parameters, seen, action), 0, 1);
      return { state: { seen: shift(seen, next) }, frame: fromPatches(next, channels, patch) };
    },
  };
}

/** x + second(silu(first(silu(x)))), which starts as the identity. */
function residualBlock(name: string, width: number): Layer {
  const first = convolution(`${name}.first`, { inputs: width, outputs: width });
  const second = convolution(`${name}.second`, { inputs: width, outputs: width, initialiser: zeros });
  return defineLayer(collect(first, second), (parameters, x) =>
    add(x, second(parameters, silu(first(parameters, silu(x))))),
  );
}

/** x [B, ...shape] plus a learned map. */
function addMap(name: string, shape: readonly number[]): Layer {
  return defineLayer({ [name]: { shape, initialiser: normal(0.02) } }, (parameters, x) =>
    add(x, parameters[name]),
  );
}

/** [B, A] -> [B, A, rows, cells], constant in each map. */
function maps(action: Tensor, rows: number, cells: number): Tensor {
  const [batch, count] = action.shape;
  return broadcastTo(reshape(action, [batch, count, 1, 1]), [batch, count, rows, cells]);
}

/** Space to depth: [B, T, C, H, W] -> [B, T, C * patch * patch, H / patch, W / patch]. */
function toPatches(frames: Tensor, patch: number): Tensor {
  const [batch, time, channels, height, width] = frames.shape;
  const [rows, cells] = [height / patch, width / patch];
  const split = reshape(frames, [batch * time, channels, rows, patch, cells, patch]);
  return reshape(transpose(split, [0, 1, 3, 5, 2, 4]), [batch, time, channels * patch * patch, rows, cells]);
}

/** Depth to space: [B, C * patch * patch, rows, cells] -> [B, C, rows * patch, cells * patch]. */
function fromPatches(x: Tensor, channels: number, patch: number): Tensor {
  const [batch, , rows, cells] = x.shape;
  const split = reshape(x, [batch, channels, patch, patch, rows, cells]);
  return reshape(transpose(split, [0, 1, 4, 2, 5, 3]), [batch, channels, rows * patch, cells * patch]);
}
