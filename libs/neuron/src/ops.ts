/** The rules of our own ops: op x dtype x target. A row for each; a test asks for all of them. */
import type { DType, OpName } from '@orrery/graph';
import { accepted, coded, links, rewritten, warned, type NeuronTarget, type Rule } from './rule.ts';

/** The same on every target, or one for each; absent where the op takes no such dtype. */
type Cell = Rule | Readonly<Record<NeuronTarget, Rule>>;
type Row = Readonly<Partial<Record<DType, Cell>>>;

const float64 = rewritten(
  'no 64-bit floats in the hardware: computed in f32, with f32 precision and range',
  links.dataTypes,
);
const listed = accepted('in the list of supported operators');
const integer = accepted('32-bit integers are native', links.dataTypes);
const byte = accepted('UINT8 is a data type of every NeuronCore since v2', links.dataTypes);
const boolean = accepted('predicates are results of Compare', links.operators);

const floats = (rule: Rule): Row => ({ f32: rule, f16: rule, bf16: rule, f64: float64 });
const signed = (rule: Rule): Row => ({ ...floats(rule), i32: integer });
const numbers = (rule: Rule): Row => ({ ...signed(rule), u32: integer });
const all = (rule: Rule): Row => ({ ...numbers(rule), u8: byte, bool: boolean });

const logistic = accepted('Logistic; named in the notes of 2.32', links.operators);
const clamped = coded(
  'rewritten',
  'NCC_EVRF056',
  'an index out of range is a fault at run time: indices that are data are clamped',
);
const oneHotSum = rewritten(
  'scatter with addition is emulated outside the tensor engine: a product with one-hot rows',
  links.code('NCC_EVRF060'),
);
const integerSum = coded(
  'rewritten',
  'NCC_EVRF060',
  'scatter has no integer addition: a masked sum, exact, over elements that are native integers',
);
const loop = warned(
  'only a static number of steps, which ours has; compiler faults are open',
  links.issue(1388),
);

/**
 * By the dtype that an op computes in (`operandDType`).
 * Links: the list of operators is at the end of the compiler's release notes.
 */
export const opRules: Readonly<Record<OpName, Row>> = {
  input: all(accepted('a parameter')),
  constant: all(listed),

  neg: signed(listed),
  exp: floats(listed),
  log: floats(listed),
  sqrt: floats(listed),
  tanh: floats(listed),
  sigmoid: floats(logistic),
  sin: floats(listed),
  cos: floats(listed),
  abs: signed(listed),
  sign: signed(listed),
  floor: floats(listed),
  not: { bool: listed },

  add: numbers(listed),
  sub: numbers(listed),
  mul: numbers(listed),
  div: numbers(listed),
  pow: floats(listed),
  max: numbers(listed),
  min: numbers(listed),
  equal: all(listed),
  less: numbers(listed),
  lessEqual: numbers(listed),
  and: { bool: listed },
  or: { bool: rewritten('LogicalOr is in no list: not (not a and not b), which is', links.operators) },

  select: all(listed),
  cast: all(listed),
  stopGradient: all(accepted('the identity: nothing is emitted')),

  reshape: all(listed),
  transpose: all(listed),
  broadcast: all(listed),
  concat: all(listed),
  slice: all(listed),
  pad: all(listed),
  reverse: all(listed),

  reduceSum: numbers(listed),
  reduceMax: numbers(listed),

  matmul: floats(listed),
  conv2d: floats(accepted('Convolution in two dimensions', links.code('NCC_EVRF010'))),
  gather: {
    ...{ f32: clamped, f16: clamped, bf16: clamped, f64: clamped },
    ...{ i32: clamped, u32: clamped, u8: clamped, bool: clamped },
  },
  scatterAdd: {
    ...{ f32: oneHotSum, f16: oneHotSum, bf16: oneHotSum, f64: oneHotSum },
    ...{ i32: integerSum, u32: integerSum },
  },
  scan: { f32: loop, f16: loop, bf16: loop, f64: float64 },
};

/** @returns undefined where the op takes no such dtype */
export function opRule(op: OpName, dtype: DType, target: NeuronTarget): Rule | undefined {
  const cell = opRules[op][dtype];
  return cell && ('verdict' in cell ? cell : cell[target]);
}
