export { removePartialFiles, temporaryName, writeFileAtomic, writeJsonAtomic } from './atomic.ts';
export { explainFileError } from './explain.ts';
export { folderBytes } from './folder-bytes.ts';
export { makeFolder } from './folder.ts';
export { writeWholeFolder } from './whole-folder.ts';
export { lockFolder, type LockOptions } from './lock.ts';
