/** `rollouts.zarr` in a run folder: what predictors made of some clips, for the viewer. */
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RolloutsManifest } from '@orrery/dataset';
import { writeArray, writeGroup } from '@orrery/dataset/node';
import { explainFileError, makeFolder, temporaryName } from '@orrery/storage';
import type { TrueClip } from './clips.ts';
import type { MeasuredRollout } from './measure.ts';

export interface KeptRollout {
  readonly clip: TrueClip;
  /** The true frames, parsed. */
  readonly truth: MeasuredRollout;
  /** By predictor. */
  readonly predictions: Readonly<Record<string, MeasuredRollout>>;
}

export type RolloutsHeader = Omit<RolloutsManifest, 'format' | 'version' | 'rollouts'>;

/**
 * Writes the group beside `path` and then puts it in its place, so that what was there before stays until the new one
 * is whole.
 * @param rollouts R of them, of one size
 */
export async function writeRollouts(
  path: string,
  header: RolloutsHeader,
  rollouts: readonly KeptRollout[],
): Promise<void> {
  const temporary = temporaryName(path);
  const former = temporaryName(path);
  await restore(path);
  try {
    await makeFolder(temporary);
    await writeArrays(temporary, header, rollouts);
    const manifest: RolloutsManifest = {
      format: 'orrery.rollouts',
      version: 1,
      ...header,
      rollouts: rollouts.map(({ clip: { episode, start, scene } }) => ({ episode, start, scene })),
    };
    await writeGroup(temporary, '', manifest);
    if (existsSync(path)) await rename(path, former);
    await rename(temporary, path);
  } catch (error) {
    if (existsSync(former) && !existsSync(path)) await rename(former, path).catch(() => {});
    throw explainFileError(error, `cannot write ${path}`);
  } finally {
    await removeTemporaries(path);
  }
}

/** Puts rollouts back that a killed write had moved aside and not replaced. */
async function restore(path: string): Promise<void> {
  if (existsSync(path)) return;
  const aside = (await temporaries(path)).find((folder) => existsSync(join(folder, 'zarr.json')));
  if (aside !== undefined) await rename(aside, path).catch(() => {});
}

/** Removes what this write, or an earlier one that was killed, has left beside `path`. */
async function removeTemporaries(path: string): Promise<void> {
  const folders = await temporaries(path);
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

async function temporaries(path: string): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(() => [] as string[]);
  const ours = names.filter((name) => name.startsWith(`.${basename(path)}.`) && name.endsWith('.partial'));
  return ours.map((name) => join(dirname(path), name));
}

async function writeArrays(root: string, header: RolloutsHeader, rollouts: readonly KeptRollout[]) {
  const { width, height, tracked } = header;
  const R = rollouts.length;
  const T = header.context + header.horizon;
  const floats = (path: string, shape: readonly number[], parts: readonly Float32Array[]) =>
    writeArray(root, path, { shape, dtype: 'float32', codec: 'gzip' }, concatenate(Float32Array, parts));
  const pictures = (path: string, parts: readonly Uint8Array[]) =>
    writeArray(
      root,
      path,
      { shape: [R, T, height, width, 3], dtype: 'uint8', codec: 'gzip' },
      concatenate(Uint8Array, parts),
    );

  const N = rollouts[0].clip.scene.bodies.length;
  const clips = rollouts.map(({ clip }) => clip);
  await pictures(
    'truth/rgb',
    clips.map(({ frames }) => frames),
  );
  await floats(
    'truth/position',
    [R, T, N, 3],
    clips.map(({ position }) => position),
  );
  await floats(
    'truth/quaternion',
    [R, T, N, 4],
    clips.map(({ quaternion }) => quaternion),
  );
  await floats(
    'truth/parsed',
    [R, T, tracked.length, 3],
    rollouts.map(({ truth }) => truth.parsed),
  );
  for (const predictor of header.predictors) {
    const made = rollouts.map(({ predictions }) => predictions[predictor]);
    await pictures(
      `${predictor}/rgb`,
      made.map(({ frames }) => frames),
    );
    await floats(
      `${predictor}/parsed`,
      [R, T, tracked.length, 3],
      made.map(({ parsed }) => parsed),
    );
    await floats(
      `${predictor}/psnr`,
      [R, T],
      made.map(({ psnr }) => psnr),
    );
    await floats(
      `${predictor}/position_error`,
      [R, T],
      made.map(({ positionError }) => positionError),
    );
  }
}

type Concatenable = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

function concatenate<A extends Concatenable>(
  kind: new (length: number) => A,
  parts: readonly ArrayLike<number>[],
): A {
  const whole = new kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
