export { cosine, sine } from './trigonometry.ts';
