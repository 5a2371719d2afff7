/** What the tests of every lowering share. */
export { arbitraryProgram } from '../arbitrary-programs.ts';
export type { RandomProgram } from '../arbitrary-programs.ts';
export { disagreement, feedsOf, values } from './feeds.ts';
export type { Range } from './feeds.ts';
export { samples } from './samples.ts';
export type { Sample } from './samples.ts';
