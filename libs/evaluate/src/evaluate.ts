/** Evaluates a run folder: its model against the baselines on held-out episodes. */
import { basename, resolve } from 'node:path';
import type { Dataset } from '@orrery/dataset';
import { cost, size } from '@orrery/graph';
import {
  createImagination,
  imaginationPrograms,
  loadCheckpoint,
  readMetrics,
  type Imagination,
  type ImaginationContext,
  type TrainedModel,
} from '@orrery/train';
import { reproducingCommands } from './commands.ts';
import type { EvaluateProgress } from './compare.ts';
import { defaultJudging, judge, type Judging, type Subject } from './judge.ts';
import { modelEncoder, modelPredictor } from './predictors/model.ts';
import type { LossPoint } from './report/charts.ts';
import type { Scorecard } from './scorecard/schema.ts';

export interface EvaluateOptions extends Partial<Judging> {
  /** The run folder; `scorecard.json`, `report.html` and `rollouts.zarr` are written into it. */
  readonly folder: string;
  readonly dataset: Dataset;
  /** The checkpoint with the lowest validation loss, unless the newest is wanted. */
  readonly checkpoint?: 'best' | 'last' | undefined;
  /** Threads of the runtime; one a core unless given. */
  readonly threads?: number | undefined;
  /** @param progress rollouts measured, of all */
  readonly onProgress?: ((progress: EvaluateProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws when the folder holds no run or no whole checkpoint, frames of the dataset are of another size than those
 * that the model was trained on, episodes are shorter than context and horizon, a file cannot be written; the signal's
 * reason where it was aborted
 */
export async function evaluate(options: EvaluateOptions): Promise<Scorecard> {
  const { folder, dataset, checkpoint = 'best', threads } = options;
  const trained = await loadCheckpoint(folder, checkpoint);
  checkWorld(trained, dataset);
  const name = basename(resolve(folder));
  const imagination = createImagination(trained, threads === undefined ? {} : { threads });
  try {
    await warmUp(imagination, options.batch);
    return await judge({
      ...options,
      subject: {
        predictor: modelPredictor(imagination, trained.run.family, trained.run.world),
        sees: trained.run.world.sees,
        encode: modelEncoder(imagination, trained.run.world),
        run: name,
        family: trained.run.family,
        checkpoint: { name: checkpoint, step: trained.step },
        parameters: trained.run.parameters,
        flopsPerFrame: cost(imaginationPrograms(trained.model, trained.run.world, trained.parameters, 1).step)
          .flops,
        provenance: provenanceOf(trained),
        losses: await readLosses(folder),
      },
      commands: reproducingCommands(name, trained.run, dataset.manifest),
    });
  } finally {
    await imagination.close();
  }
}

function checkWorld({ run: { world, dataset: trainedOn } }: TrainedModel, { manifest }: Dataset): void {
  const { name, width, height } = manifest.spec;
  const actions = manifest.actions.length;
  if (actions !== world.actions) {
    throw new Error(
      `dataset "${name}": actions of ${actions} numbers, but the run was trained on ${world.actions} ("${trainedOn.name}"); evaluate it on a dataset with that many`,
    );
  }
  if (world.sees === 'states') {
    const { length } = manifest.bodies;
    if (length !== world.bodies)
      throw new Error(
        `dataset "${name}": scenes of ${length} bodies, but the run was trained on ${world.bodies} ("${trainedOn.name}"); evaluate it on scenes of as many`,
      );
    // The model moves bodies by velocity times this.
    if (manifest.dt !== world.dt)
      throw new Error(
        `dataset "${name}": ${manifest.dt} s between frames, but the run was trained on ${world.dt} s ("${trainedOn.name}"); evaluate it on frames that are as far apart`,
      );
    return;
  }
  if (width === world.width && height === world.height) return;
  throw new Error(
    `dataset "${name}": frames of ${width}x${height}, but the run was trained on ${world.width}x${world.height} ("${trainedOn.name}"); evaluate it on frames of that size`,
  );
}

/** Loads the model into the runtime, so that the first timed batch does not pay for it. */
async function warmUp(imagination: Imagination, batch = defaultJudging.batch): Promise<void> {
  const empty = Object.entries(imagination.contextArrays).map(([name, { dtype, shape }]) => [
    name,
    new (dtype === 'u8' ? Uint8Array : Float32Array)(batch * size(shape)),
  ]);
  await imagination.rollout(Object.fromEntries(empty) as ImaginationContext, batch, 1);
}

function provenanceOf({ run }: TrainedModel): Subject['provenance'] {
  const { config, training, revision, dataset } = run;
  return {
    config: { family: run.family, model: config, training },
    seed: training.seed,
    revision,
    trainedOn: dataset.checksum,
  };
}

/** The losses of the run's `metrics.jsonl`, in the order of steps. */
async function readLosses(folder: string): Promise<LossPoint[]> {
  const lines = await readMetrics(folder);
  return lines.map((line) =>
    'validation' in line
      ? { step: line.step, loss: line.validation.loss, kind: 'validation' }
      : { step: line.step, loss: line.loss, kind: 'training' },
  );
}
