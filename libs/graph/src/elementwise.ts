/** Ops that work on each element alone. Binary ones broadcast as NumPy does and take numbers on either side. */
import { apply } from './apply.ts';
import { operands } from './sources.ts';
import type { Operand } from './sources.ts';
import type { DType, Tensor } from './tensor.ts';

export const neg = (x: Tensor): Tensor => apply('neg', [x], {});
export const exp = (x: Tensor): Tensor => apply('exp', [x], {});
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => apply('log', [x], {});
export const sqrt = (x: Tensor): Tensor => apply('sqrt', [x], {});
export const tanh = (x: Tensor): Tensor => apply('tanh', [x], {});
/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: Tensor): Tensor => apply('sigmoid', [x], {});
export const sin = (x: Tensor): Tensor => apply('sin', [x], {});
export const cos = (x: Tensor): Tensor => apply('cos', [x], {});
export const abs = (x: Tensor): Tensor => apply('abs', [x], {});
/** -1, 0 or 1 */
export const sign = (x: Tensor): Tensor => apply('sign', [x], {});
export const floor = (x: Tensor): Tensor => apply('floor', [x], {});
export const not = (x: Tensor): Tensor => apply('not', [x], {});

export const add = (a: Operand, b: Operand): Tensor => apply('add', operands(a, b), {});
export const sub = (a: Operand, b: Operand): Tensor => apply('sub', operands(a, b), {});
export const mul = (a: Operand, b: Operand): Tensor => apply('mul', operands(a, b), {});
/** Truncates towards zero for i32. */
export const div = (a: Operand, b: Operand): Tensor => apply('div', operands(a, b), {});
export const pow = (a: Operand, b: Operand): Tensor => apply('pow', operands(a, b), {});
/** The larger of each pair (op `max`); where they are equal, the gradient goes to `b`. */
export const maximum = (a: Operand, b: Operand): Tensor => apply('max', operands(a, b), {});
/** The smaller of each pair (op `min`); where they are equal, the gradient goes to `b`. */
export const minimum = (a: Operand, b: Operand): Tensor => apply('min', operands(a, b), {});

export const equal = (a: Operand, b: Operand): Tensor => apply('equal', operands(a, b), {});
export const notEqual = (a: Operand, b: Operand): Tensor => not(equal(a, b));
export const less = (a: Operand, b: Operand): Tensor => apply('less', operands(a, b), {});
export const lessEqual = (a: Operand, b: Operand): Tensor => apply('lessEqual', operands(a, b), {});
export const greater = (a: Operand, b: Operand): Tensor => less(...swap(a, b));
export const greaterEqual = (a: Operand, b: Operand): Tensor => lessEqual(...swap(a, b));
export const and = (a: Operand, b: Operand): Tensor => apply('and', operands(a, b), {});
export const or = (a: Operand, b: Operand): Tensor => apply('or', operands(a, b), {});

/** @param condition bool; all three broadcast */
export function select(condition: Tensor, whenTrue: Operand, whenFalse: Operand): Tensor {
  return apply('select', [condition, ...operands(whenTrue, whenFalse)], {});
}

/**
 * Floats become integers by truncation, and bool by "is not 0". Values must be in the range of the new dtype.
 * @returns x itself when it has the dtype
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply('cast', [x], { dtype });
}

/** x, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return apply('stopGradient', [x], {});
}

function swap(a: Operand, b: Operand): [Tensor, Tensor] {
  const [left, right] = operands(a, b);
  return [right, left];
}
