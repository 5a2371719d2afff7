/** A trained model out of a run folder. */
import { buildModel, family, type Model } from '@orrery/models';
import { bestOf, checkpointFile, listCheckpoints, readCheckpoint } from './checkpoint.ts';
import { configHash, loadRun, type Run } from './run.ts';
import type { NamedArray } from './safetensors.ts';
import { usedParameters } from './training-state.ts';

export interface TrainedModel {
  readonly run: Run;
  readonly model: Model;
  /** Updates done. */
  readonly step: number;
  /** By name; the averaged weights where training kept such. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/**
 * @param which the newest checkpoint, or the one with the lowest validation loss
 * @throws when the folder holds no run or no checkpoint, or the checkpoint is truncated, tampered with, or of another
 * configuration
 */
export async function loadCheckpoint(folder: string, which: 'best' | 'last' = 'best'): Promise<TrainedModel> {
  const run = await loadRun(folder);
  const checkpoints = await listCheckpoints(folder);
  const info = which === 'best' ? bestOf(checkpoints) : checkpoints.at(-1);
  if (!info) {
    throw new Error(`run "${folder}": no complete checkpoint; continue its training with "orrery train"`);
  }
  const file = checkpointFile(folder, info.step);
  if (info.config !== configHash(run)) {
    throw new Error(
      `checkpoint ${file}: it belongs to other settings than run.json; train again with "--fresh"`,
    );
  }
  const { arrays } = await readCheckpoint(folder, info);
  const chosen = family(run.family);
  const model = buildModel(chosen, chosen.config.parse(run.config), run.world);
  const used = usedParameters(arrays);
  checkParameters(used, model, file);
  const parameters = Object.fromEntries(Object.entries(used).map(([name, { data }]) => [name, data]));
  return { run, model, step: info.step, parameters };
}

function checkParameters(arrays: Readonly<Record<string, NamedArray>>, model: Model, file: string): void {
  const wanted = Object.entries(model.parameters);
  const fits =
    wanted.length === Object.keys(arrays).length &&
    wanted.every(([name, { shape }]) => JSON.stringify(arrays[name]?.shape) === JSON.stringify(shape));
  if (fits) return;
  throw new Error(
    `checkpoint ${file}: its arrays are not those of this model; use the version of the program that wrote it, or train again`,
  );
}
