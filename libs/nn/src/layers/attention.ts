/** Attention: each query takes a mean of the values, weighted by how well their keys match. */
import { matmul, mul, reshape, select, softmax, transpose, type Tensor, modelError } from '@orrery/graph';
import type { Initialiser } from '../initialisers.ts';
import type { AttentionMask } from './attention-masks.ts';
import { expectShape } from './expect-shape.ts';
import { collect, defineLayer, type Layer } from './layer.ts';
import { linear } from './linear.ts';
import { rmsNorm } from './norms.ts';
import { rotary, type RotaryOptions } from './rotary.ts';

/** Stands for minus infinity, which would make 0 / 0 of a query that may look at nothing. */
const UNSEEN = -1e30;

/**
 * softmax(Q K^T / sqrt(D)) V: Vaswani et al. (2017), equation 1.
 * @param query [..., T, D]
 * @param key [..., S, D]
 * @param value [..., S, V]
 * @param mask bool, broadcasts to [..., T, S]: false where a query may not look
 * @returns [..., T, V]
 */
export function dotProductAttention(query: Tensor, key: Tensor, value: Tensor, mask?: Tensor): Tensor {
  // Scaling the query costs D, scaling the scores S, a query.
  const scaled = mul(query, 1 / Math.sqrt(query.shape.at(-1)!));
  const scores = matmul(scaled, transpose(key)); // [..., T, S]
  return matmul(softmax(mask ? select(mask, scores, UNSEEN) : scores), value);
}

export interface AttentionOptions {
  /** Of x and of the result. */
  readonly features: number;
  readonly heads: number;
  /** Features of each head, features / heads by default. */
  readonly headFeatures?: number;
  /** Features of the context, where another sequence is looked at; those of x by default. */
  readonly contextFeatures?: number;
  /** `causal`, `blockCausal(tokens)` or one's own; every query looks at every key by default. */
  readonly mask?: AttentionMask;
  /** Rotary positions of queries and keys; none by default. */
  readonly rotary?: RotaryOptions | boolean;
  /** Normalises each query and key, so that scores stay small: Henry et al. (2020), with RMS norms. false by default */
  readonly queryKeyNorm?: boolean;
  /** of the projections, false by default */
  readonly bias?: boolean;
  /** of the last projection's kernel; LeCun's normal by default, zeros for a block that starts as the identity */
  readonly outputInitialiser?: Initialiser;
}

/**
 * Multi-head attention [B, T, features], [B, S, contextFeatures] -> [B, T, features]: Vaswani et al. (2017), section 3.2.2;
 * without a context x looks at itself. More leading axes than B are fine. Linear layers `<name>.query`, `<name>.key`,
 * `<name>.value` and `<name>.output`.
 * @throws when heads do not divide the features
 */
export function attention(
  name: string,
  options: AttentionOptions,
): Layer<readonly [x: Tensor, context?: Tensor]> {
  const { features, heads, headFeatures = features / heads, contextFeatures = features } = options;
  const { mask, bias = false, queryKeyNorm = false, outputInitialiser } = options;
  const turn = options.rotary === true ? {} : options.rotary || undefined;
  if (!Number.isInteger(headFeatures)) {
    throw modelError(
      `attention "${name}": ${heads} heads do not divide ${features} features; choose a divisor or set "headFeatures"`,
    );
  }
  const wide = heads * headFeatures;
  const project = (role: string, inputs: number) =>
    linear(`${name}.${role}`, { inputs, outputs: wide, bias });
  const query = project('query', features);
  const key = project('key', contextFeatures);
  const value = project('value', contextFeatures);
  const output = linear(`${name}.output`, {
    ...{ inputs: wide, outputs: features, bias },
    initialiser: outputInitialiser,
  });
  const norms = queryKeyNorm
    ? (['queryNorm', 'keyNorm'] as const).map((role) =>
        rmsNorm(`${name}.${role}`, { features: headFeatures }),
      )
    : [];
  return defineLayer(
    collect(query, key, value, output, ...norms),
    (parameters, x: Tensor, context: Tensor = x) => {
      const layer = `attention "${name}"`;
      expectShape(layer, 'x', x, ['...', 'T', features], 'change "features" or x');
      const lead = x.shape.slice(0, -2);
      const wanted = [...lead, 'S', contextFeatures];
      expectShape(layer, 'context', context, wanted, 'change "contextFeatures" or the context');
      const toHeads = (y: Tensor) => splitHeads(y, heads);
      let q = toHeads(query(parameters, x)); // [..., heads, T, headFeatures]
      let k = toHeads(key(parameters, context)); // [..., heads, S, headFeatures]
      const v = toHeads(value(parameters, context));
      if (norms.length > 0) [q, k] = [norms[0](parameters, q), norms[1](parameters, k)];
      if (turn) [q, k] = [rotary(q, turn), rotary(k, turn)];
      const seen = mask?.(q.shape.at(-2)!, k.shape.at(-2)!);
      return output(parameters, joinHeads(dotProductAttention(q, k, v, seen)));
    },
  );
}

/** [..., T, heads * D] -> [..., heads, T, D] */
function splitHeads(x: Tensor, heads: number): Tensor {
  const [tokens, features] = x.shape.slice(-2);
  return swapInner(reshape(x, [...x.shape.slice(0, -2), tokens, heads, features / heads]));
}

/** [..., heads, T, D] -> [..., T, heads * D] */
function joinHeads(x: Tensor): Tensor {
  const [heads, tokens, features] = x.shape.slice(-3);
  return reshape(swapInner(x), [...x.shape.slice(0, -3), tokens, heads * features]);
}

/** [..., a, b, D] -> [..., b, a, D] */
function swapInner(x: Tensor): Tensor {
  const rank = x.shape.length;
  const lead = x.shape.slice(0, -3).map((_, axis) => axis);
  return transpose(x, [...lead, rank - 2, rank - 3, rank - 1]);
}
