/** A run's rollouts over HTTP: the list of runs, the manifest, and the arrays of one rollout at a time. */
import { rolloutsManifestSchema, type RolloutsManifest } from '@orrery/dataset';
import * as zarr from 'zarrita';
import {
  arraySpecs,
  checkArray,
  DataError,
  describeManifestProblem,
  manifestContradiction,
  type ArraySpec,
} from './data-checks.ts';

export { DataError } from './data-checks.ts';

/** One run as the server lists it. */
export interface ListedRun {
  readonly id: string;
  readonly dataset: string | null;
  readonly family: string | null;
  readonly figures: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly unit: string;
  }[];
  /** Whether `report.html` exists. */
  readonly report: boolean;
}

/** One rollout in memory; arrays are row-major. T frames, N bodies, M tracked bodies. */
export interface Rollout {
  readonly index: number;
  readonly truth: {
    /** [T, H, W, 3] */
    readonly rgb: Uint8Array;
    /** [T, N, 3] m */
    readonly position: Float32Array;
    /** [T, N, 4] x, y, z, w */
    readonly quaternion: Float32Array;
  };
  readonly predictors: Readonly<Record<string, Prediction>>;
}

/** What one predictor made of a rollout. */
export interface Prediction {
  /** [T, H, W, 3] */
  readonly rgb: Uint8Array;
  /** [T, M, 3] m, parsed from the frames; NaN where a body is not found */
  readonly parsed: Float32Array;
  /** [T] dB, Infinity where equal */
  readonly psnr: Float32Array;
  /** [T] m, mean over the tracked bodies */
  readonly positionError: Float32Array;
}

/** The opened rollouts of one run. */
export interface Rollouts {
  readonly manifest: RolloutsManifest;
  /** @throws DataError where bytes are missing or damaged */
  load(index: number): Promise<Rollout>;
}

/** The runs that have rollouts, newest first. */
export async function fetchRuns(base: string): Promise<ListedRun[]> {
  const response = await fetchOrExplain(new Request(new URL('api/runs', base)));
  if (!response.ok)
    throw new DataError(`list of runs: the server answered ${response.status}`, 'Start “orrery view” again.');
  const { runs } = (await response.json()) as { runs: ListedRun[] };
  return runs;
}

/**
 * Reads and checks the manifest and the shape of every array.
 * @param base address of the page
 * @throws DataError that names what is missing or malformed, with the remedy
 */
export async function openRollouts(base: string, run: string): Promise<Rollouts> {
  const remedy = `Write the rollouts again: orrery evaluate ${run}`;
  const address = new URL(`runs/${encodeURIComponent(run)}/rollouts.zarr`, base).href;
  const store = new zarr.FetchStore(address, {
    useSuffixRequest: true,
    fetch: (request) => fetchChunk(request, address, remedy),
  });
  const group = await zarr.open.v3(store, { kind: 'group' }).catch((error: unknown) => {
    throw explain(error, 'rollouts.zarr', remedy);
  });
  const parsed = rolloutsManifestSchema.safeParse(group.attrs);
  if (!parsed.success) throw new DataError(describeManifestProblem(parsed.error), remedy);
  const manifest = parsed.data;
  const contradiction = manifestContradiction(manifest);
  if (contradiction !== undefined) throw new DataError(contradiction, remedy);
  const specs = arraySpecs(manifest);
  const arrays = await Promise.all(
    specs.map(async (spec) => {
      try {
        const array = await zarr.open.v3(group.resolve(spec.path), { kind: 'array' });
        checkArray(spec, array, remedy);
        return array;
      } catch (error) {
        throw explain(error, `array "${spec.path}"`, remedy);
      }
    }),
  );

  const read = async (index: number): Promise<Rollout> => {
    const values = await Promise.all(
      arrays.map(async (array, i) => {
        try {
          const chunk = await zarr.get(array, [index, ...specs[i].shape.slice(1).map(() => null)]);
          return chunk.data as Uint8Array | Float32Array;
        } catch (error) {
          throw explain(error, `array "${specs[i].path}", rollout ${index}`, remedy);
        }
      }),
    );
    return assemble(index, manifest, specs, values);
  };
  const loaded = new Map<number, Promise<Rollout>>();
  return {
    manifest,
    load(index) {
      const rollout = loaded.get(index) ?? read(index);
      // The last few stay in memory, so that going back and forth does not wait.
      loaded.delete(index);
      loaded.set(index, rollout);
      rollout.catch(() => loaded.delete(index));
      if (loaded.size > 8) loaded.delete(loaded.keys().next().value!);
      return rollout;
    },
  };
}

function assemble(
  index: number,
  manifest: RolloutsManifest,
  specs: readonly ArraySpec[],
  values: readonly (Uint8Array | Float32Array)[],
): Rollout {
  const at = new Map(specs.map((spec, i) => [spec.path, values[i]]));
  const bytes = (path: string) => at.get(path) as Uint8Array;
  const floats = (path: string) => at.get(path) as Float32Array;
  const prediction = (name: string): Prediction => ({
    rgb: bytes(`${name}/rgb`),
    parsed: floats(`${name}/parsed`),
    psnr: floats(`${name}/psnr`),
    positionError: floats(`${name}/position_error`),
  });
  return {
    index,
    truth: {
      rgb: bytes('truth/rgb'),
      position: floats('truth/position'),
      quaternion: floats('truth/quaternion'),
    },
    predictors: Object.fromEntries(manifest.predictors.map((name) => [name, prediction(name)])),
  };
}

/**
 * zarrita takes a missing chunk for one that holds the fill value only. Our writer leaves none out, so a missing
 * one is damage, and must not look like black frames.
 */
async function fetchChunk(request: Request, address: string, remedy: string): Promise<Response> {
  const response = await fetchOrExplain(request);
  const path = decodeURIComponent(request.url.slice(address.length + 1));
  if (response.status === 404 && path.includes('/c/'))
    throw new DataError(`rollouts.zarr: the file "${path}" is missing`, remedy);
  if (response.status === 416) throw new DataError(`rollouts.zarr: the file "${path}" is cut short`, remedy);
  return response;
}

async function fetchOrExplain(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    throw new DataError(
      `server "${new URL(request.url).origin}": it does not answer`,
      'Start “orrery view” again and reload this page.',
    );
  }
}

function explain(error: unknown, what: string, remedy: string): DataError {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof DataError) return cause;
  if (zarr.isZarritaError(error, 'NotFoundError')) return new DataError(`${what}: it does not exist`, remedy);
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return new DataError(`${what}: it cannot be read (${reason})`, remedy);
}
