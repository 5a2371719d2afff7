export { arctangent, arctangent2 } from './arctangent.ts';
export { exponential } from './exponential.ts';
export { naturalLogarithm } from './logarithm.ts';
export { roundedLogarithm } from './rounded-logarithm.ts';
export { cosine, sine } from './trigonometry.ts';
