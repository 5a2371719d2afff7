/** Trainings that are finished, kept until their table is: an interrupted table continues with what is missing. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJsonAtomic } from '@orrery/storage';

/** What a part must agree in to be used again. */
export type Stamp = Readonly<Record<string, string | number | undefined>>;

export interface Parts {
  /** The part of that name, which is computed if it is not there. Values are what JSON can hold. */
  of<Value>(name: string, compute: () => Promise<Value>): Promise<Value>;
  /** Seconds that earlier runs took for the parts that are used again. */
  readonly earlier: { readonly wall: number; readonly cpu: number };
  /** The table is whole: forgets its parts. */
  finish(): Promise<void>;
}

interface Stored {
  readonly stamp: string;
  readonly value: unknown;
}

/** @param elapsed seconds of this run so far */
export async function openParts(
  folder: string,
  stamp: Stamp,
  elapsed: () => { wall: number; cpu: number },
): Promise<Parts> {
  const key = JSON.stringify(stamp);
  const fileOf = (name: string) => join(folder, `${name}.json`);
  const read = async (name: string): Promise<Stored | undefined> => {
    try {
      const stored = JSON.parse(await readFile(fileOf(name), 'utf8')) as Stored;
      return stored.stamp === key ? stored : undefined;
    } catch {
      // Not there, or of a run that was killed while it wrote: computed anew.
      return undefined;
    }
  };
  const earlier = ((await read('elapsed'))?.value ?? { wall: 0, cpu: 0 }) as Parts['earlier'];
  await mkdir(folder, { recursive: true });
  return {
    earlier,
    async of<Value>(name: string, compute: () => Promise<Value>): Promise<Value> {
      const known = await read(name);
      if (known) return known.value as Value;
      const value = await compute();
      const { wall, cpu } = elapsed();
      await writeJsonAtomic(fileOf(name), { stamp: key, value });
      await writeJsonAtomic(fileOf('elapsed'), {
        stamp: key,
        value: { wall: earlier.wall + wall, cpu: earlier.cpu + cpu },
      });
      return value;
    },
    finish: () => rm(folder, { recursive: true, force: true }),
  };
}
