/** Layers that another signal steers: an action, a time, a class, a noise level. */
import { add, mul, reshape, silu, split, type Tensor } from '@orrery/graph';
import { zeros, type Initialiser } from '../initialisers.ts';
import { expectShape } from './expect-shape.ts';
import { collect, defineLayer, type Layer } from './layer.ts';
import { linear } from './linear.ts';
import { standardised } from './norms.ts';

export interface ConditionOptions {
  /** Of x. */
  readonly features: number;
  /** Features of the condition. */
  readonly condition: number;
  /** of the projection's kernel; zeros by default: the condition does nothing at first */
  readonly initialiser?: Initialiser;
}

/**
 * Feature-wise linear modulation (1 + gamma) x + beta, with gamma and beta linear in the condition: Perez et al. (2018),
 * equations 1 and 2. x [B, features, H, W], condition [B, condition] -> [B, features, H, W]; layer `<name>.modulation`.
 */
export function film(
  name: string,
  options: ConditionOptions,
): Layer<readonly [x: Tensor, condition: Tensor]> {
  const { features, condition: width, initialiser = zeros } = options;
  const modulation = linear(`${name}.modulation`, { inputs: width, outputs: 2 * features, initialiser });
  return defineLayer(modulation.parameters, (parameters, x: Tensor, condition: Tensor) => {
    expectShape(`film "${name}"`, 'x', x, ['B', features, 'H', 'W'], 'change "features" or x');
    expectCondition(`film "${name}"`, condition, [x.shape[0], width]);
    const [gamma, beta] = split(modulation(parameters, condition), 2, -1).map((part) =>
      reshape(part, [x.shape[0], features, 1, 1]),
    );
    return add(mul(x, add(gamma, 1)), beta);
  });
}

/** What a condition makes of a block: its input, and how much of its output counts. */
export interface Modulated {
  /** norm(x) (1 + scale) + shift, [B, ..., features] */
  readonly input: Tensor;
  /** Broadcasts to x. */
  readonly gate: Tensor;
}

/**
 * Adaptive layer norm with a gate: norm(x) (1 + scale) + shift, with shift, scale and gate linear in silu(condition), zeros
 * at first: Peebles and Xie (2023), section 3.2, "adaLN-Zero". The norm has no scale and bias of its own.
 * x [B, ..., features], condition [B, condition] or with more of x's leading axes; layer `<name>.modulation`.
 */
export function adaptiveNorm(
  name: string,
  options: ConditionOptions & { readonly epsilon?: number },
): Layer<readonly [x: Tensor, condition: Tensor], Modulated> {
  const { features, condition: width, initialiser = zeros, epsilon = 1e-6 } = options;
  const modulation = linear(`${name}.modulation`, { inputs: width, outputs: 3 * features, initialiser });
  return defineLayer(modulation.parameters, (parameters, x: Tensor, condition: Tensor) => {
    expectShape(`adaptiveNorm "${name}"`, 'x', x, ['...', features], 'change "features" or x');
    const lead = x.shape.slice(0, Math.max(1, condition.shape.length - 1));
    expectCondition(`adaptiveNorm "${name}"`, condition, [...lead, width]);
    const between = x.shape.slice(lead.length, -1).map(() => 1);
    const [shift, scale, gate] = split(modulation(parameters, silu(condition)), 3, -1).map((part) =>
      reshape(part, [...lead, ...between, features]),
    );
    return { input: add(mul(standardised(x, [-1], epsilon), add(scale, 1)), shift), gate };
  });
}

/**
 * x + gate inner(norm(x) (1 + scale) + shift): a residual block under a condition, the identity at first. The norm is
 * `<name>.norm`; the inner layer keeps its own names.
 */
export function adaptiveResidual(
  name: string,
  options: ConditionOptions & { readonly epsilon?: number },
  inner: Layer,
): Layer<readonly [x: Tensor, condition: Tensor]> {
  const norm = adaptiveNorm(`${name}.norm`, options);
  return defineLayer(collect(norm, inner), (parameters, x: Tensor, condition: Tensor) => {
    const { input, gate } = norm(parameters, x, condition);
    return add(x, mul(gate, inner(parameters, input)));
  });
}

function expectCondition(layer: string, condition: Tensor, wanted: readonly number[]): void {
  expectShape(layer, 'condition', condition, wanted, 'change "condition" or what is given');
}
