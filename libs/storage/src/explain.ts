/** What the operating system's file errors mean to a person, and what to do about them. */

const REMEDIES: Record<string, string> = {
  ENOSPC: 'the disk is full; free some space or choose another folder, then run the command again',
  EDQUOT: 'the disk quota is used up; free some space or choose another folder, then run the command again',
  EROFS: 'the disk is read-only; choose a folder on a disk that can be written',
  EACCES: 'permission denied; change the permissions or choose another folder',
  EPERM: 'not permitted; change the permissions or choose another folder',
  ENOENT: 'no such file or folder; check the path',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another path',
  EEXIST: 'a file of that name is in the way; choose another path',
  EISDIR: 'it is a folder, not a file; choose another path',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
  EIO: 'the disk reports an error; check it, or choose a folder on another one',
  EFBIG: 'the file is too large for this disk; choose a folder on another one',
  ENFILE: 'too many open files on this machine; close other programs',
  EMFILE: 'too many open files; raise the limit with "ulimit -n"',
};

/**
 * An Error of one line, "<what>: <cause>; <remedy>", for an error of the file system; any other error comes back
 * unchanged.
 * @param what what was being done, with the path: `cannot write data/bounce.zarr/zarr.json`
 */
export function explainFileError(error: unknown, what: string): Error {
  const code = (error as NodeJS.ErrnoException)?.code;
  const remedy = code === undefined ? undefined : REMEDIES[code];
  if (remedy !== undefined) return new Error(`${what}: ${remedy}`, { cause: error });
  return error instanceof Error ? error : new Error(`${what}: ${String(error)}`);
}
