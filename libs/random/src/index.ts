export { bits, foldIn, key, split, threefry2x32, type Key } from './threefry.ts';
export {
  normal,
  permutation,
  randomIntegers,
  truncatedNormal,
  uniform,
  uniformScalar,
} from './distributions.ts';
export { RandomState, type ChoiceOptions } from './numpy/random-state.ts';
