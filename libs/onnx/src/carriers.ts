/**
 * Dtypes that onnxruntime cannot compute with, carried by others that hold every value exactly: bf16 by f32, rounded
 * after each op; u32 by i64 or f64 within an op; and f16 by f32 in sums into places.
 */
import type { DType, OpName, PrimitiveName, Tensor } from '@orrery/graph';
import { is } from '@orrery/graph';
import { castTo } from './expression.ts';
import type { Expression } from './expression.ts';
import type { Lowering } from './lowerings.ts';
import type { StoredDType } from './model-proto.ts';

/** Results of these are values that were there before, or their negatives. */
const exact: ReadonlySet<OpName> = new Set<OpName>([
  ...(['neg', 'abs', 'sign', 'floor', 'max', 'min', 'select', 'reduceMax', 'stopGradient'] as const),
  ...(['reshape', 'transpose', 'broadcast', 'concat', 'slice', 'pad', 'reverse', 'gather'] as const),
  ...(['scan', 'cast'] as const),
]);

/** Ops whose kernels onnxruntime lacks for u32. */
const lackU32: ReadonlySet<OpName> = new Set<OpName>([
  ...(['add', 'sub', 'mul', 'div', 'max', 'min', 'equal', 'less', 'lessEqual', 'select'] as const),
  ...(['reduceSum', 'reduceMax', 'scatterAdd'] as const),
]);

/** onnxruntime's i64 kernels of these are wrong beyond 2^31 (1.30, with AVX); doubles hold every u32. */
const byDoubles: ReadonlySet<OpName> = new Set<OpName>(['max', 'min', 'reduceMax']);

/** A node by its row of the table, through carriers where it needs them. */
export function carried(
  lowering: Lowering<PrimitiveName>,
  ...[node, valueOf, resultsOf]: Parameters<Lowering<PrimitiveName>>
): Expression {
  const carriage = carriageOf(node);
  if (carriage) {
    const originals = new Map<Tensor, Tensor>();
    const widened = widen(node, carriage, originals) as Tensor<PrimitiveName>;
    const wideValue = (x: Tensor) => {
      const original = originals.get(x) ?? x;
      const value = valueOf(original);
      return original.dtype === carriage.from ? castTo(carriage.to, value) : value;
    };
    const result = lowering(widened, wideValue, resultsOf);
    return node.dtype === carriage.from ? castTo(carriage.from, result) : result;
  }
  const result = lowering(node, valueOf, resultsOf);
  return node.dtype === 'bf16' && !exact.has(node.op) ? castTo('bf16', result) : result;
}

interface Carriage {
  readonly from: DType;
  readonly to: StoredDType;
}

function carriageOf({ op, inputs }: Tensor): Carriage | undefined {
  const takes = (dtype: DType) => inputs.some((operand) => operand.dtype === dtype);
  if (lackU32.has(op) && takes('u32')) return { from: 'u32', to: byDoubles.has(op) ? 'f64' : 'i64' };
  return op === 'scatterAdd' && takes('f16') ? { from: 'f16', to: 'f32' } : undefined;
}

/** The node over operands that say they are of the wider dtype, also those that it sees through broadcasts. */
function widen(node: Tensor, carriage: Carriage, originals: Map<Tensor, Tensor>): Tensor {
  // Only here do tensors have a dtype of files.
  const dtype = carriage.to as DType;
  const inputs = node.inputs.map((operand) => {
    if (operand.dtype !== carriage.from) return operand;
    const wide = is(operand, 'broadcast') ? widen(operand, carriage, originals) : { ...operand, dtype };
    originals.set(wide, operand);
    return wide;
  });
  return { ...node, inputs, dtype: node.dtype === carriage.from ? dtype : node.dtype };
}
