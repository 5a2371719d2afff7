/** Where datasets and runs lie: `data/` and `runs/` in the current folder, unless the environment says otherwise. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from './errors.ts';

export const dataFolder = () => resolve(process.env['ORRERY_DATA'] ?? 'data');
export const runsFolder = () => resolve(process.env['ORRERY_RUNS'] ?? 'runs');

/** "data/bounce-small", and "data/bounce-small-seed3" for a seed other than 0. */
export function datasetPlace(name: string, size: string, seed: number): string {
  return join(dataFolder(), `${name}-${size}${seed === 0 ? '' : `-seed${seed}`}`);
}

/** The folder of a generated dataset given by its name under `data/` or by a path. */
export function datasetFolder(dataset: string): string {
  if (dataset.includes('/') || existsSync(join(dataset, 'zarr.json'))) return resolve(dataset);
  const inData = join(dataFolder(), dataset);
  return existsSync(inData) || !existsSync(dataset) ? inData : resolve(dataset);
}

/** The folder of a run given by its name under `runs/` or by a path. */
export function runPlace(run: string): string {
  if (run === '')
    throw new UsageError('the run name is empty; name a run such as "bounce-residual-conv-seed0"');
  if (run.includes('/') || run === '.' || run === '..') return resolve(run);
  const inRuns = join(runsFolder(), run);
  return !existsSync(inRuns) && existsSync(join(run, 'run.json')) ? resolve(run) : inRuns;
}

/** What commands call the folder of a run, or what lies beside it: its name under `runs/`, else its path. */
export function placeName(home: string): string {
  if (dirname(home) === runsFolder()) return basename(home);
  const path = relative('.', home);
  return path.includes('/') ? path : `./${path}`;
}

/** Reads an integer option. */
export function integerOption(name: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high)
      throw new UsageError(`${name} ${text}: give an integer from ${low} to ${high}`);
    return value;
  };
}
