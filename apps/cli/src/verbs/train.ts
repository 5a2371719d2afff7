/** `orrery train`: trains a world model on a dataset into a run folder. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openFolder } from '@orrery/dataset/node';
import { families } from '@orrery/models';
import { measurePeak, train, trainingSchema, type TrainProgress, type TrainResult } from '@orrery/train';
import type { Command } from 'commander';
import { z } from 'zod';
import { Interrupted, unknown, UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetPlace, runPlace } from '../places.ts';
import { startProgress } from '../progress.ts';
import { gitRevision } from '../revision.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';
import { datasetSpec, withDatasetOptions } from './generate.ts';

export interface TrainOptions extends OutputOptions, SettingSources {
  readonly family: string;
  readonly size: string;
  readonly seed: number;
  readonly run?: string;
  readonly fresh?: boolean;
  readonly profile?: string;
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a world model on a dataset into runs/ (an unfinished run continues)')
    .argument('<dataset>', 'dataset by name, or the folder of a generated one')
    .option('--family <name>', `one of: ${Object.keys(families).join(', ')}`, 'residual-conv')
    .option('--run <name>', 'name of the run under runs/ (default: from dataset, family and seed)')
    .option('--fresh', 'start over where the run exists')
    .option('--profile <prefix>', 'write traces of onnxruntime to <prefix>_*.json, for chrome://tracing');
  withOutputOptions(withSettings(withDatasetOptions(command), 'training.steps=500'))
    .addHelpText(
      'after',
      `
Settings are "model.<key>" (of the family) and "training.<key>".

Example:
  orrery train bounce --seed 1 --set model.width=48 --set training.steps=500`,
    )
    .action(async (dataset: string, options: TrainOptions) => {
      const result = await trainRun(dataset, options);
      printResult(options, result, `run       ${result.folder}`);
    });
}

/** "bounce-residual-conv-seed0" */
export function defaultRun(dataset: string, family: string, seed: number): string {
  return `${dataset}-${family}-seed${seed}`;
}

/**
 * The folder of a dataset named on the command line: a path, or where `generate` puts that name. The dataset of seed 0
 * serves trainings of every seed that have none of their own.
 */
export async function datasetFolder(
  dataset: string,
  { size, seed }: Pick<TrainOptions, 'size' | 'seed'>,
): Promise<string> {
  if (dataset.includes('/') || existsSync(join(dataset, 'zarr.json'))) return resolve(dataset);
  await datasetSpec(dataset, size);
  const found = [seed, 0].map((of) => datasetPlace(dataset, size, of)).find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  const command = `orrery generate ${dataset} --size ${size}`;
  throw new Error(
    `dataset "${dataset}": not found at ${datasetPlace(dataset, size, 0)}; make it with "${command}"`,
  );
}

/** What a training is set by: the family's configuration and the trainer's. */
export async function trainingSettings(family: string, seed: number, sources: SettingSources) {
  const chosen = Object.hasOwn(families, family) ? families[family] : undefined;
  if (!chosen) throw new UsageError(unknown('family', family, Object.keys(families)));
  const schema = z.strictObject({ model: chosen.config.prefault({}), training: trainingSchema.prefault({}) });
  return readSettings(schema, sources, { training: { ...chosen.training, seed } });
}

/** "loss 0.0123 · 84 samples/s · 0.091 TFLOP/s · MFU 48 %" */
export function describeProgress({ loss, samplesPerSecond, gflops, mfu }: TrainProgress): string {
  return [
    `loss ${loss.toPrecision(3)}`,
    `${samplesPerSecond.toPrecision(3)} samples/s`,
    `${(gflops / 1000).toPrecision(2)} TFLOP/s`,
    ...(mfu === undefined ? [] : [`MFU ${(100 * mfu).toFixed(0)} %`]),
  ].join(' · ');
}

/** Trains, or continues, a run. */
export async function trainRun(
  dataset: string,
  options: TrainOptions,
): Promise<TrainResult & { run: string }> {
  const { family, seed, fresh = false } = options;
  const { model, training } = await trainingSettings(family, seed, options);
  const folder = await datasetFolder(dataset, options);
  const opened = await openFolder(folder);
  const { spec, size } = opened.manifest;
  const run = options.run ?? defaultRun(size === 'small' ? spec.name : `${spec.name}-${size}`, family, seed);
  const peak = async () => {
    const measured = await measurePeak(training.threads);
    note(`train: MFU is the fraction of ${measured.gflops.toFixed(0)} GFLOP/s (${measured.name})`);
    return measured;
  };
  const progress = startProgress({ label: 'train', total: training.steps, unit: 'steps' });
  const interrupt = onInterrupt(note);
  try {
    const result = await train({
      ...{ family, config: model, training, dataset: opened, datasetPath: folder, fresh },
      folder: runPlace(run),
      revision: await gitRevision(),
      signal: interrupt.signal,
      ...{ peak, readInWorker: true, profile: options.profile },
      onProgress: (reached) => progress.update(reached.step, describeProgress(reached)),
    });
    if (result.stopped)
      throw new Interrupted(
        `training stopped after ${result.step} steps; the same command${fresh ? ' without --fresh' : ''} continues`,
      );
    if (interrupt.signal.aborted) throw new Interrupted(`training is finished: ${run}`);
    if (result.loss === undefined) progress.update(result.step);
    const early = result.early ? '; the validation loss no longer falls' : '';
    progress.finish(
      result.loss === undefined ? `${run} was trained before; --fresh trains it again` : `${run}${early}`,
    );
    return { run, ...result };
  } finally {
    interrupt.release();
  }
}
