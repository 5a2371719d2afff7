import { mkdtemp, readdir, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openParts } from './parts.ts';

test('what is finished is not computed again, unless its stamp differs or its file is damaged', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'orrery-parts-')), 'parts');
  const stamp = { revision: 'abc', budget: undefined };
  const open = (given: object = stamp) => openParts(folder, { ...given }, () => ({ wall: 10, cpu: 15 }));
  let computed = 0;
  const compute = async () => ({ value: ++computed });

  const first = await open();
  expect(await first.of('a', compute)).toEqual({ value: 1 });
  expect(await first.of('b', compute)).toEqual({ value: 2 });
  expect(first.earlier).toEqual({ wall: 0, cpu: 0 });

  const second = await open();
  expect(second.earlier).toEqual({ wall: 10, cpu: 15 });
  expect(await second.of('a', compute)).toEqual({ value: 1 });
  await truncate(join(folder, 'b.json'), 9);
  expect(await second.of('b', compute)).toEqual({ value: 3 });
  expect((await open()).earlier).toEqual({ wall: 20, cpu: 30 });

  const other = await open({ revision: 'def' });
  expect(other.earlier).toEqual({ wall: 0, cpu: 0 });
  expect(await other.of('a', compute)).toEqual({ value: 4 });

  await other.finish();
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
});
