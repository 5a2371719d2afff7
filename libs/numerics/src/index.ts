export { arctangent, arctangent2 } from './arctangent.ts';
export { cosine, sine } from './trigonometry.ts';
