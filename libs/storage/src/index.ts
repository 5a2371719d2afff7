export { removePartialFiles, writeFileAtomic, writeJsonAtomic } from './atomic.ts';
export { explainFileError } from './explain.ts';
