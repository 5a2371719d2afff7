/** Element-wise functions composed of primitives. */
import {
  add,
  exp,
  log,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  stopGradient,
  sub,
  tanh,
} from './elementwise.ts';
import type { Operand } from './sources.ts';
import type { Tensor } from './tensor.ts';

export const square = (x: Tensor): Tensor => mul(x, x);

/** max(x, 0); its gradient at 0 is 0. */
export const relu = (x: Tensor): Tensor => maximum(x, 0);

/** x sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** log(1 + exp(x)), which cannot overflow; its gradient is sigmoid(x) everywhere. */
export function softplus(x: Tensor): Tensor {
  // log(exp(x) + exp(0)), shifted by the larger exponent; the shift cancels in every derivative.
  const shift = stopGradient(maximum(x, 0));
  return add(shift, log(add(exp(sub(x, shift)), exp(neg(shift)))));
}

/** x Phi(x) in its tanh form: Hendrycks and Gimpel (2016), section 2. */
export function gelu(x: Tensor): Tensor {
  const slope = Math.sqrt(2 / Math.PI);
  // x (1 + 0.044715 x^2) rather than x + 0.044715 x^3: fewer products in the gradient too.
  const cubic = mul(x, add(slope, mul(slope * 0.044715, mul(x, x))));
  return mul(mul(x, 0.5), add(1, tanh(cubic)));
}

/** x held within [low, high]; no gradient flows where it is cut. */
export function clip(x: Tensor, low: Operand, high: Operand): Tensor {
  return minimum(maximum(x, low), high);
}
