/** What a rollouts group must hold, and words for what is wrong with one. */
import type { RolloutsManifest } from '@orrery/dataset';
import type { ZodError } from 'zod';

/** Something that the page needs cannot be had: the thing and what is wrong with it, and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export interface ArraySpec {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: 'uint8' | 'float32';
}

/** The arrays that the viewer reads, with the shapes that the manifest implies. */
export function arraySpecs(manifest: RolloutsManifest): ArraySpec[] {
  const { context, horizon, height, width, tracked, rollouts, predictors } = manifest;
  const [R, T, N, M] = [
    rollouts.length,
    context + horizon,
    rollouts[0]?.scene.bodies.length ?? 0,
    tracked.length,
  ];
  const rgb = (of: string): ArraySpec => ({
    path: `${of}/rgb`,
    shape: [R, T, height, width, 3],
    dtype: 'uint8',
  });
  const floats = (path: string, ...shape: number[]): ArraySpec => ({
    path,
    shape: [R, T, ...shape],
    dtype: 'float32',
  });
  return [
    rgb('truth'),
    floats('truth/position', N, 3),
    floats('truth/quaternion', N, 4),
    ...predictors.flatMap((name) => [
      rgb(name),
      floats(`${name}/parsed`, M, 3),
      floats(`${name}/psnr`),
      floats(`${name}/position_error`),
    ]),
  ];
}

/** @throws DataError where an array is not the one that the manifest implies */
export function checkArray(
  spec: ArraySpec,
  found: { readonly shape: readonly number[]; readonly dtype: string },
  remedy: string,
): void {
  if (found.shape.join() !== spec.shape.join())
    throw new DataError(
      `array "${spec.path}": its shape is [${found.shape.join(', ')}], the manifest implies [${spec.shape.join(', ')}]`,
      remedy,
    );
  if (found.dtype !== spec.dtype)
    throw new DataError(`array "${spec.path}": its type is ${found.dtype}, not ${spec.dtype}`, remedy);
}

/** The first thing that is wrong with a manifest, in one line. */
export function describeManifestProblem(error: ZodError): string {
  const [first, ...others] = error.issues;
  const path = first.path.join('.');
  const more = others.length ? ` (and ${others.length} more)` : '';
  return `manifest of rollouts.zarr: ${path ? `"${path}": ` : ''}${first.message}${more}`;
}

/** What the schema cannot say about a manifest, or undefined. */
export function manifestContradiction(manifest: RolloutsManifest): string | undefined {
  const { rollouts, tracked } = manifest;
  if (rollouts.length === 0) return 'manifest of rollouts.zarr: it holds no rollouts';
  const bodies = rollouts[0].scene.bodies.length;
  const uneven = rollouts.findIndex(({ scene }) => scene.bodies.length !== bodies);
  if (uneven >= 0)
    return `manifest of rollouts.zarr: rollout ${uneven} has ${rollouts[uneven].scene.bodies.length} bodies, rollout 0 has ${bodies}`;
  const lost = tracked.find((index) => index >= bodies);
  if (lost !== undefined)
    return `manifest of rollouts.zarr: tracked body ${lost} does not exist (0 to ${bodies - 1})`;
  return undefined;
}
