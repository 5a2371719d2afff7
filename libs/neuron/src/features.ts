/**
 * What the compiler says about StableHLO beyond our ops: what our graphs cannot say, and what anything that lowers,
 * shards or extends them must keep from saying.
 */
import { accepted, coded, links, rewritten, warned, type NeuronTarget, type Rule } from './rule.ts';

export interface Feature {
  /** As StableHLO or the compiler calls it. */
  readonly name: string;
  readonly rules: Readonly<Record<NeuronTarget, Rule>>;
}

const everywhere = (name: string, rule: Rule): Feature => ({
  name,
  rules: { trn1: rule, trn2: rule, trn3: rule },
});
const refused = (code: string, why: string) => coded('refused', code, why);
const unsupported = (why: string, link: string = links.jax): Rule => ({ verdict: 'refused', why, link });

export const features: readonly Feature[] = [
  everywhere('dynamic shape', refused('NCC_EMOD025', 'every dimension must be known when it is compiled')),
  everywhere('while with a trip count from data', unsupported('only loops of a static number of steps')),
  everywhere('case, if', unsupported('jax.lax.cond is not supported; write it as select')),
  everywhere('host callback, infeed, outfeed', unsupported('nothing leaves a program while it runs')),
  {
    name: 'f8E4M3FN',
    rules: {
      trn1: refused('NCC_EVRF051', 'trn3 and later; older ones know f8E4M3 and f8E5M2'),
      trn2: refused('NCC_EVRF051', 'trn3 and later; older ones know f8E4M3 and f8E5M2'),
      trn3: accepted('the 8-bit float of trn3', links.code('NCC_EVRF051')),
    },
  },
  {
    name: 'i64, u64',
    rules: {
      trn1: warned('always converted to 32 bits; ours are 32 bits from the start', links.dataTypes),
      trn2: warned('native only with --native-int64=enabled; ours are 32 bits', links.dataTypes),
      trn3: warned('native only with --native-int64=enabled; ours are 32 bits', links.dataTypes),
    },
  },
  everywhere('u64 constant above 32 bits', refused('NCC_ESFH002', 'it cannot be converted to 32 bits')),
  {
    name: 'dot of i32',
    rules: {
      trn1: coded('warned', 'NCC_EVRF035', 'computed with a warning'),
      trn2: refused('NCC_EVRF035', 'the tensor engine has no integers; ours multiplies floats only'),
      trn3: refused('NCC_EVRF035', 'the tensor engine has no integers; ours multiplies floats only'),
    },
  },
  everywhere('all_reduce of integers', refused('NCC_EVRF061', 'reduced in f32; cast to a float before')),
  everywhere('reduce_scatter of integers', refused('NCC_EVRF063', 'reduced in f32; cast before')),
  everywhere('power of i64', refused('NCC_EVRF062', 'no 64-bit path; cast to a float before')),
  everywhere('all_reduce, all_gather, reduce_scatter of floats', accepted('in the list of operators')),
  everywhere(
    'send, recv',
    unsupported('no pipeline by send and recv: collective_permute or all_gather', links.issue(1189)),
  ),
  everywhere('complex', coded('warned', 'NCC_EVRF004', 'refused before 2.32; say real and imaginary parts')),
  everywhere('fft', refused('NCC_EVRF001', 'no such operator; a DFT is a matrix product')),
  everywhere('triangular_solve, cholesky', refused('NCC_EVRF001', 'no such operators')),
  everywhere('chlo.top_k', refused('NCC_EVRF001', 'rejected; take maxima one after the other')),
  everywhere('top-k of integers', refused('NCC_EVRF013', 'floats only')),
  everywhere(
    'sort',
    warned('comparators LT, LE, GT and GE; a slice of it may become a top-k', links.issue(1339)),
  ),
  everywhere('argmax as a reduce of two operands', unsupported('reduce takes one operand: max, then equal')),
  everywhere(
    'rng_bit_generator',
    coded('warned', 'NCC_EVRF006', 'default algorithm only, seeds collide; our noise is an input'),
  ),
  everywhere('shift_right_arithmetic of 8 or 16 bits', refused('NCC_EVRF022', '32 bits only')),
  everywhere('convolution with lhs and rhs dilation', refused('NCC_EVRF010', 'not both at once')),
  everywhere(
    'convolution with stride and lhs dilation',
    coded('rewritten', 'NCC_EVRF011', 'not both: our pad puts zeros between, then a plain convolution'),
  ),
  everywhere('reduce_window with base dilation', refused('NCC_EVRF017', 'not supported')),
  everywhere('reduce_window with window dilation', refused('NCC_EVRF018', 'not supported')),
  everywhere('reduce_window of several operands', refused('NCC_EVRF019', 'one operand only')),
  everywhere(
    'operand precision of f32 products',
    warned(
      'no page says that it is heard; ours ask for HIGHEST, and launch for --auto-cast=none',
      links.dataTypes,
    ),
  ),
  everywhere('reduce_precision', unsupported('not supported; convert there and back')),
  everywhere('custom_call that is not Neuron’s own', refused('NCC_EVRF015', 'a list of targets only')),
  everywhere(
    'scatter that sets, in range',
    accepted('documented for plain scatter', links.code('NCC_EVRF060')),
  ),
  everywhere('gather with fill or drop', rewritten('its sentinel is out of range: clamp', links.issue(1335))),
  everywhere('set_dimension_size', unsupported('not supported', links.issue(1144))),
  everywhere('too many instructions', refused('NCC_EVRF007', 'a limit that is not told: scan over layers')),
  everywhere('more memory than HBM', refused('NCC_EOOM001', 'tensors, scratch and spills must fit')),
];
