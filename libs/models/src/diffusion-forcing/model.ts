/**
 * Diffusion forcing: every frame of a clip has a noise level of its own, so that one network learns to denoise any frame
 * given any past, and imagines by denoising the next frame behind a past that is nearly clean.
 *
 * Chen et al., "Diffusion Forcing" (2024), with the transformer of Peebles and Xie, "Scalable diffusion models with
 * transformers" (2023), causal in time. Equations are numbered in README.md.
 */
import {
  add,
  clip,
  concat,
  constant,
  div,
  expandDims,
  full,
  maximum,
  mean,
  mul,
  reshape,
  silu,
  sliceAxis,
  sqrt,
  square,
  sub,
  take,
  transpose,
  zeros,
  type Tensor,
} from '@orrery/graph';
import {
  adaptiveNorm,
  attention,
  collect,
  defineLayer,
  dotProductAttention,
  gridPositions,
  linear,
  mlp,
  normal,
  rmsNorm,
  rotary,
  sinusoids,
  zeros as startAtZero,
  type Parameters,
} from '@orrery/nn';
import type { FrameFamily, FrameModel, FrameWorld } from '../family.ts';
import { diffusionForcingConfig, type DiffusionForcingConfig } from './config.ts';

export const diffusionForcing: FrameFamily<DiffusionForcingConfig> = {
  name: 'diffusion-forcing',
  description: 'causal diffusion transformer with a noise level for each frame, after Chen et al. (2024)',
  config: diffusionForcingConfig,
  sees: 'frames',
  build,
};

/** What a layer of attention over time keeps of a frame: keys and values [B, N, heads, S, D] of S frames. */
interface Past {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** T frames as the network takes them. */
interface Noisy {
  /** [B, T, N, P] the frames, noisy */
  readonly z: Tensor;
  /** [B, T] their levels, from 0, clean, to 1, nothing but noise */
  readonly level: Tensor;
  /** [B, T, N, P] and [B, T] the same of the frame before each */
  readonly before: Tensor;
  readonly levelBefore: Tensor;
  /** [B, T, A] what led to each frame */
  readonly action: Tensor | undefined;
}

const LEVEL_FEATURES = 32;

function build(config: DiffusionForcingConfig, world: FrameWorld): FrameModel {
  const { context, frames: clipFrames, patch, width, heads, condition, stabilisation } = config;
  const { height, width: pixelColumns, channels, actions } = world;
  if (height % patch !== 0 || pixelColumns % patch !== 0) {
    throw new Error(
      `diffusion-forcing: patches of ${patch} do not divide frames of ${pixelColumns}x${height}; set "patch" to a divisor of both`,
    );
  }
  if (width % (4 * heads) !== 0) {
    throw new Error(
      `diffusion-forcing: ${heads} heads of ${width / heads} features cannot turn by rows and columns; set "width" to a multiple of 4 "heads"`,
    );
  }
  if (clipFrames <= context) {
    throw new Error(
      `diffusion-forcing: clips of ${clipFrames} frames with ${context} of context; set "frames" to more than "context"`,
    );
  }
  const grid = [height / patch, pixelColumns / patch] as const;
  const [tokens, pixels] = [grid[0] * grid[1], channels * patch * patch]; // N, P

  const embed = linear('embed', { inputs: 2 * pixels, outputs: width });
  const place = { place: { shape: [tokens, width], initialiser: normal(0.02) } };
  const levels = mlp('levels', { widths: [2 * LEVEL_FEATURES, condition, condition], activation: silu });
  const acting = actions > 0 ? [linear('action', { inputs: actions, outputs: condition })] : [];
  const blocks = Array.from({ length: config.blocks }, (_, i) => block(`blocks.${i}`, config, grid));
  const norm = adaptiveNorm('norm', { features: width, condition });
  const head = linear('head', { inputs: width, outputs: pixels, initialiser: startAtZero });
  const gates = linear('gates', { inputs: width, outputs: 2, initialiser: startAtZero });

  /**
   * Equations 3 to 9: what the noisy frames would be without noise.
   * @param past of each block, absent at the start of a clip
   * @returns [B, T, N, P], and what each block keeps of the frames
   */
  function denoise(parameters: Parameters, noisy: Noisy, past?: readonly Past[]) {
    const { z, before, level, levelBefore, action } = noisy;
    const waves = [level, levelBefore].map((t) => sinusoids(mul(t, 1000), LEVEL_FEATURES));
    let c = levels(parameters, concat(waves, -1)); // (3) [B, T, condition]
    if (action) c = add(c, acting[0](parameters, action));
    let h = add(embed(parameters, concat([z, before], -1)), parameters.place); // (4) [B, T, N, width]
    const kept: Past[] = [];
    blocks.forEach((layer, i) => {
      const { x, own } = layer(parameters, h, c, past?.[i]);
      h = x;
      kept.push(own);
    });
    const y = norm(parameters, h, c).input;
    const gate = gates(parameters, y); // [B, T, N, 2]
    const still = stillEstimate(level, levelBefore); // (8)
    const known = add(
      mul(z, mul(add(sliceAxis(gate, -1, 0, 1), 1), still.ofZ)),
      mul(before, mul(add(sliceAxis(gate, -1, 1), 1), still.ofBefore)),
    );
    return { clean: add(known, mul(head(parameters, y), still.deviation)), kept }; // (9)
  }

  /** The frames and levels before each; before the first there is nothing but noise, and none of it is seen. */
  function withBefore(z: Tensor, level: Tensor, action: Tensor | undefined): Noisy {
    const [batch, time] = level.shape;
    const shift = (x: Tensor, first: Tensor) =>
      time === 1 ? first : concat([first, sliceAxis(x, 1, 0, time - 1)], 1);
    return {
      ...{ z, level },
      before: shift(z, zeros([batch, 1, tokens, pixels], z.dtype)),
      levelBefore: shift(level, full([batch, 1], 1, z.dtype)),
      action: action && shift(action, zeros([batch, 1, actions], z.dtype)),
    };
  }

  /** Noise level of a uniform u in [0, 1]: equation 2. */
  const shifted = (u: Tensor) => div(mul(u, config.shift), add(mul(u, config.shift - 1), 1));
  const levelOf = (u: number) => (config.shift * u) / (1 + (config.shift - 1) * u);

  return {
    contextFrames: context,
    clipFrames,
    parameters: collect(...[embed, { parameters: place }, levels, ...acting, ...blocks, norm, head, gates]),
    noise: {
      loss: {
        level: { shape: [clipFrames], distribution: 'uniform' },
        noise: { shape: [clipFrames, tokens, pixels], distribution: 'normal' },
      },
      step: { noise: { shape: [tokens, pixels], distribution: 'normal' } },
    },

    loss(parameters, clipOf, _purpose, noise) {
      const x = toTokens(clipOf.frames, patch); // [B, T, N, P]
      const level = shifted(noise!.level); // [B, T]
      const t = reshape(level, [...level.shape, 1, 1]);
      const z = add(mul(x, sub(1, t)), mul(noise!.noise, t)); // (1)
      const noisy = withBefore(z, level, clipOf.actions);
      const errors = mean(square(sub(denoise(parameters, noisy).clean, x)), [2, 3]); // [B, T]
      const { deviation } = stillEstimate(maximum(level, config.floor), noisy.levelBefore);
      const loss = mean(div(errors, square(reshape(deviation, level.shape)))); // (10)
      return { loss, metrics: { rmse: mul(sqrt(mean(errors)), 0.5) } };
    },

    encode(parameters, { frames, actions: acted }) {
      const z = mul(toTokens(frames, patch), 1 - stabilisation);
      const level = full(z.shape.slice(0, 2), stabilisation, z.dtype);
      const { kept } = denoise(parameters, withBefore(z, level, acted));
      return toState(kept, take(z, -1, 1));
    },

    step(parameters, state, action, noise) {
      const past = toPast(state, config.blocks);
      const [batch] = state.last.shape;
      const constantLevel = (value: number) => full([batch, 1], value, state.last.dtype);
      const see = (z: Tensor, level: number) =>
        denoise(
          parameters,
          {
            ...{ z: expandDims(z, 1), level: constantLevel(level) },
            ...{ before: expandDims(state.last, 1), levelBefore: constantLevel(stabilisation) },
            action: action && expandDims(action, 1),
          },
          past,
        );
      let z = noise!.noise; // [B, N, P]
      for (let i = config.samplingSteps; i > 0; i--) {
        const [from, to] = [levelOf(i / config.samplingSteps), levelOf((i - 1) / config.samplingSteps)];
        const clean = clip(take(see(z, from).clean, 0, 1), -1, 1);
        z = add(clean, mul(sub(z, clean), to / from)); // (11)
      }
      const last = mul(z, 1 - stabilisation);
      const own = see(last, stabilisation).kept;
      const kept = past.map(({ keys, values }, i) => ({
        keys: forget(keys, own[i].keys),
        values: forget(values, own[i].values),
      }));
      return { state: toState(kept, last), frame: fromTokens(z, channels, patch, grid) };
    },
  };
}

/** Variance of a pixel in [-1, 1] that nothing is known of, and of its change from a frame to the next. */
const PIXEL_VARIANCE = 0.25;
const CHANGE_VARIANCE = 0.01;

/**
 * What two noisy pictures of nearly the same tell of a pixel: equation 8. The network says how the truth differs from that
 * estimate, in units of the deviation that is to be expected.
 * @param level of one picture, [B, T]
 * @param levelBefore of the picture before it, [B, T]
 * @returns [B, T, 1, 1] each: the factors of both in the linear estimate of least squared error, and its deviation
 */
function stillEstimate(level: Tensor, levelBefore: Tensor) {
  const [t, s] = [level, levelBefore].map((l) => reshape(maximum(l, 0.02), [...l.shape, 1, 1]));
  const signals = [sub(1, t), sub(1, s)];
  const variances = [square(t), add(square(s), mul(square(signals[1]), CHANGE_VARIANCE))];
  const precisions = signals.map((signal, i) => div(square(signal), variances[i]));
  const total = add(add(precisions[0], precisions[1]), 1 / PIXEL_VARIANCE);
  const [ofZ, ofBefore] = signals.map((signal, i) => div(div(signal, variances[i]), total));
  return { ofZ, ofBefore, deviation: div(1, sqrt(total)) };
}

/** adaLN-Zero around attention over space, attention over time, and an MLP: equations 5 to 7. */
function block(name: string, config: DiffusionForcingConfig, grid: readonly number[]) {
  const { width, heads, expansion, condition } = config;
  const norms = ['space', 'time', 'mlp'].map((role) =>
    adaptiveNorm(`${name}.${role}Norm`, { features: width, condition }),
  );
  const space = attention(`${name}.space`, {
    ...{ features: width, heads, queryKeyNorm: true },
    rotary: { positions: gridPositions(grid) },
  });
  const time = attentionOverTime(`${name}.time`, config);
  const think = mlp(`${name}.mlp`, { widths: [width, expansion * width, width], activation: silu });
  return defineLayer(
    collect(...norms, space, time, think),
    (parameters, h: Tensor, c: Tensor, past: Past | undefined) => {
      const inSpace = norms[0](parameters, h, c);
      const a = add(h, mul(inSpace.gate, space(parameters, inSpace.input))); // (5)
      const inTime = norms[1](parameters, a, c);
      const { y, own } = time(parameters, inTime.input, past);
      const b = add(a, mul(inTime.gate, y)); // (6)
      const last = norms[2](parameters, b, c);
      return { x: add(b, mul(last.gate, think(parameters, last.input))), own }; // (7)
    },
  );
}

/**
 * Each token looks at itself and at the same token of the `context` frames before. [B, T, N, width] -> the same. Keys are
 * kept before rotation, so that a frame moves back through the window as time goes on.
 */
function attentionOverTime(name: string, { width, heads, context }: DiffusionForcingConfig) {
  const project = (role: string) => linear(`${name}.${role}`, { inputs: width, outputs: width, bias: false });
  const [query, key, value, output] = ['query', 'key', 'value', 'output'].map(project);
  const [queryNorm, keyNorm] = ['queryNorm', 'keyNorm'].map((role) =>
    rmsNorm(`${name}.${role}`, { features: width / heads }),
  );
  return defineLayer(
    collect(query, key, value, output, queryNorm, keyNorm),
    (parameters, x: Tensor, past: Past | undefined) => {
      const [batch, time, tokens] = x.shape;
      const toHeads = (y: Tensor) =>
        transpose(reshape(y, [batch, time, tokens, heads, width / heads]), [0, 2, 3, 1, 4]); // [B, N, heads, T, D]
      const q = queryNorm(parameters, toHeads(query(parameters, x)));
      const own = {
        keys: keyNorm(parameters, toHeads(key(parameters, x))),
        values: toHeads(value(parameters, x)),
      };
      const keys = past ? concat([past.keys, own.keys], 3) : own.keys; // [B, N, heads, S + T, D]
      const values = past ? concat([past.values, own.values], 3) : own.values;
      const length = keys.shape[3];
      const places = Array.from({ length }, (_, i) => i);
      const seen = dotProductAttention(
        rotary(q, { positions: [places.slice(length - time)] }),
        rotary(keys, { positions: [places] }),
        values,
        lookingBack(time, length, context),
      );
      const y = reshape(transpose(seen, [0, 3, 1, 2, 4]), [batch, time, tokens, width]);
      return { y: output(parameters, y), own };
    },
  );
}

/** bool [T, S]: the last T of S frames look at themselves and at `context` frames before. */
function lookingBack(time: number, length: number, context: number): Tensor {
  const sees = Array.from({ length: time * length }, (_, i) => {
    const ago = Math.floor(i / length) + length - time - (i % length);
    return Number(ago >= 0 && ago <= context);
  });
  return constant(sees, [time, length], 'bool');
}

/** The oldest frame leaves, the newest comes. */
function forget(past: Tensor, newest: Tensor): Tensor {
  return past.shape[3] === 1 ? newest : concat([sliceAxis(past, 3, 1), newest], 3);
}

/** `last`: the newest frame [B, N, P], as the next one sees it. */
function toState(kept: readonly Past[], last: Tensor): Record<string, Tensor> {
  const entries = kept.flatMap(({ keys, values }, i) => [
    [`keys.${i}`, keys] as const,
    [`values.${i}`, values] as const,
  ]);
  return { ...Object.fromEntries(entries), last };
}

function toPast(state: Readonly<Record<string, Tensor>>, blocks: number): Past[] {
  return Array.from({ length: blocks }, (_, i) => ({
    keys: state[`keys.${i}`],
    values: state[`values.${i}`],
  }));
}

/** [B, T, C, H, W] in [0, 1] -> [B, T, N, C patch patch] in [-1, 1] */
function toTokens(frames: Tensor, patch: number): Tensor {
  const [batch, time, channels, height, width] = frames.shape;
  const [rows, columns] = [height / patch, width / patch];
  const split = reshape(frames, [batch * time, channels, rows, patch, columns, patch]);
  const moved = transpose(split, [0, 2, 4, 1, 3, 5]);
  return sub(mul(reshape(moved, [batch, time, rows * columns, channels * patch * patch]), 2), 1);
}

/** [B, N, C patch patch] in [-1, 1] -> [B, C, H, W] in [0, 1] */
function fromTokens(
  x: Tensor,
  channels: number,
  patch: number,
  [rows, columns]: readonly [number, number],
): Tensor {
  const [batch] = x.shape;
  const split = reshape(mul(add(x, 1), 0.5), [batch, rows, columns, channels, patch, patch]);
  return reshape(transpose(split, [0, 3, 1, 4, 2, 5]), [batch, channels, rows * patch, columns * patch]);
}
