import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  explainFileError,
  lockFolder,
  makeFolder,
  removePartialFiles,
  writeFileAtomic,
  writeJsonAtomic,
} from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-storage-'));
});

describe('writing a file', () => {
  test('makes the folders on the way and leaves nothing else', async () => {
    await writeJsonAtomic(join(folder, 'a/b/run.json'), { seed: 1 });
    expect(await readFile(join(folder, 'a/b/run.json'), 'utf8')).toBe('{\n  "seed": 1\n}\n');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['run.json']);
  });

  test('a failure keeps the complete file that was there', async () => {
    const path = join(folder, 'kept');
    await writeFileAtomic(path, 'complete');
    // A path through a file cannot be written, whoever runs the test.
    await expect(writeFileAtomic(join(path, 'below'), 'x')).rejects.toThrow(
      `cannot write ${join(path, 'below')}: a file of that name is in the way`,
    );
    expect(await readFile(path, 'utf8')).toBe('complete');
  });

  test('concurrent writers of one path: one whole file wins', async () => {
    const path = join(folder, 'shared');
    await Promise.all(['a', 'b', 'c'].map((c) => writeFileAtomic(path, c.repeat(100_000))));
    const text = await readFile(path, 'utf8');
    expect(text).toMatch(/^(a+|b+|c+)$/);
    expect(text).toHaveLength(100_000);
    expect(await readdir(folder)).toEqual(['shared']);
  });

  test('a real full disk is explained in one line', async () => {
    await expect(
      writeFile('/dev/full', 'x').catch((e) => Promise.reject(explainFileError(e, 'cannot write /dev/full'))),
    ).rejects.toThrow('cannot write /dev/full: the disk is full; free some space');
  });
});

test('what an interrupted write left behind is removed, nothing else', async () => {
  await writeFile(join(folder, '.shard.0123abcd.partial'), 'half');
  await writeFile(join(folder, '.keep'), '');
  await writeFile(join(folder, 'shard'), '');
  await removePartialFiles(folder);
  expect((await readdir(folder)).sort()).toEqual(['.keep', 'shard']);
});

test('a folder below a disk that cannot be written names the real cause', async () => {
  // /proc takes no folders from anybody, and Node's recursive mkdir never returns there.
  await expect(makeFolder('/proc/orrery/below')).rejects.toThrow(/^cannot write \/proc\/orrery\/below: /);
  await makeFolder(join(folder, 'a/b'));
  await makeFolder(join(folder, 'a/b'));
});

test('one process works in a folder at a time; what a dead one left is taken over', async () => {
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(
    `folder "${folder}": process ${process.pid} is working in it`,
  );
  await release();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  // A container that starts again may have the number of the process that was killed in it; other hosts say nothing.
  for (const left of [`${pid}`, `${pid} ${hostname()}`, `${process.pid} ${hostname()}`, '1 elsewhere']) {
    await writeFile(join(folder, '.lock'), left);
    await (
      await lockFolder(folder)
    )();
    expect(await readdir(folder)).toEqual([]);
  }
});

test('locks of different names exclude themselves and the one that is alone', async () => {
  const first = await lockFolder(folder, { name: 'first' });
  const second = await lockFolder(folder, { name: 'second' });
  await expect(lockFolder(folder, { name: 'first' })).rejects.toThrow('is working in it');
  await expect(lockFolder(folder)).rejects.toThrow('is working in it');
  await first();
  await expect(lockFolder(folder)).rejects.toThrow('is working in it');
  await second();
  const alone = await lockFolder(folder);
  await expect(lockFolder(folder, { name: 'first' })).rejects.toThrow('is working in it');
  expect(await readdir(folder)).toEqual(['.lock']);
  await alone();
});

test('what comes piece by piece is written whole or not at all', async () => {
  const path = join(folder, 'lines');
  async function* lines(fail: boolean) {
    yield 'one\n';
    yield 'two\n';
    if (fail) throw new Error('no more');
  }
  await expect(writeFileAtomic(path, lines(true))).rejects.toThrow('no more');
  expect(await readdir(folder)).toEqual([]);
  await writeFileAtomic(path, lines(false));
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
});
