/** `orrery generate`: simulates and renders a dataset. */
import { datasets } from '@orrery/datasets';
import { datasetSpecSchema, datasetSplits, episodeCount, type DatasetSpec } from '@orrery/dataset';
import { generateDataset } from '@orrery/dataset/node';
import { scenes } from '@orrery/scene';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { describeIssues, Interrupted, unknown, UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetPlace, integerOption } from '../places.ts';
import { startProgress } from '../progress.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';

export interface GenerateOptions extends OutputOptions, SettingSources {
  readonly size: string;
  readonly seed: number;
  readonly out?: string;
  readonly workers?: number;
}

/** What of a dataset the command line names. */
export function withDatasetOptions(command: Command): Command {
  return command
    .option('--size <name>', 'tiny, small or full', 'small')
    .option('--seed <number>', 'seed', integerOption('--seed', 0, 0xffffffff), 0);
}

export function addGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('simulate and render a dataset into data/ (interrupted work continues)')
    .argument('<dataset>', `one of: ${Object.keys(datasets).join(', ')}`)
    .option('--out <folder>', 'where to write (default: data/<dataset>-<size>)')
    .option('--workers <number>', 'worker threads (default: one a core)', integerOption('--workers', 1, 256));
  withOutputOptions(withSettings(withDatasetOptions(command), 'sceneConfig.balls=2'))
    .addHelpText(
      'after',
      `
Example:
  orrery generate bounce --size small --seed 1 --set sceneConfig.balls=2 --out data/two-balls`,
    )
    .action(async (dataset: string, options: GenerateOptions) => {
      const { manifest, folder } = await generate(dataset, options);
      const splits = Object.entries(manifest.splits).map(([name, { count }]) => `${count} ${name}`);
      printResult(
        options,
        { folder, manifest },
        `dataset   ${folder}\n          episodes of ${manifest.spec.frames} frames: ${splits.join(', ')}, checksum ${manifest.checksums.dataset.slice(0, 12)}`,
      );
    });
}

/** The spec of a dataset's size with the settings laid over it. */
export async function datasetSpec(
  name: string,
  size: string,
  sources: SettingSources = {},
): Promise<DatasetSpec> {
  const definition = Object.hasOwn(datasets, name) ? datasets[name] : undefined;
  if (!definition) throw new UsageError(unknown('dataset', name, Object.keys(datasets)));
  const spec = Object.hasOwn(definition.sizes, size) ? definition.sizes[size] : undefined;
  if (!spec) throw new UsageError(unknown('size', size, Object.keys(definition.sizes)));
  const settings = await readSettings(datasetSpecSchema, sources, spec);
  if (!Object.hasOwn(scenes, settings.scene))
    throw new UsageError(unknown('scene', settings.scene, Object.keys(scenes)));
  const scene = scenes[settings.scene]!.config.safeParse(settings.sceneConfig);
  if (!scene.success) throw new UsageError(describeIssues(scene.error, ['sceneConfig']));
  return settings;
}

/** Makes the dataset, or continues or finds it where it was made before. */
export async function generate(name: string, options: GenerateOptions) {
  const spec = await datasetSpec(name, options.size, options);
  const changed = (options.set?.length ?? 0) > 0 || options.config !== undefined;
  if (changed && options.out === undefined)
    throw new UsageError(
      'a dataset with changed settings needs a folder of its own; name it with --out <folder>',
    );
  const folder =
    options.out === undefined ? datasetPlace(name, options.size, options.seed) : resolve(options.out);
  const total = episodeCount(datasetSplits(spec, scenes[spec.scene]!)) * spec.frames;
  const progress = startProgress({ label: 'generate', total, unit: 'frames' });
  const interrupt = onInterrupt(note);
  try {
    const manifest = await generateDataset({
      ...{ spec, size: options.size, seed: options.seed, folder, workers: options.workers },
      signal: interrupt.signal,
      onProgress: ({ done }: { done: number }) => progress.update(done * spec.frames),
    });
    progress.finish(folder);
    interrupt.signal.throwIfAborted();
    return { manifest, folder };
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted('generation stopped; what is finished is kept, the same command continues');
    throw error;
  } finally {
    interrupt.release();
  }
}
