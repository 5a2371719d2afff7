export { removePartialFiles, temporaryName, writeFileAtomic, writeJsonAtomic } from './atomic.ts';
export { explainFileError } from './explain.ts';
export { makeFolder } from './folder.ts';
export { writeWholeFolder } from './whole-folder.ts';
export { lockFolder, type LockOptions } from './lock.ts';
