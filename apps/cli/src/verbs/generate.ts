/** `orrery generate`: simulates and renders a dataset. */
import { datasets } from '@orrery/datasets';
import { datasetSpecSchema, type DatasetSpec, type Manifest } from '@orrery/dataset';
import {
  generateDataset,
  generatePiece,
  type GenerateOptions as WorkOptions,
  type Piece,
} from '@orrery/dataset/node';
import { scenes } from '@orrery/scene';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { Interrupted, unknown, UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetPlace, integerOption } from '../places.ts';
import { startProgress, type Progress } from '../progress.ts';
import { checkSettings, readSettings, withSettings, type SettingSources } from '../settings.ts';

export interface GenerateOptions extends OutputOptions, SettingSources {
  readonly size: string;
  readonly seed: number;
  readonly out?: string;
  readonly workers?: number;
  readonly shard?: Piece;
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
    .option('--workers <number>', 'worker threads (default: one a core)', integerOption('--workers', 1, 256))
    .option(
      '--shard <i/n>',
      'make only piece i of n, counted from 0; "orrery assemble" puts them together',
      piece,
    );
  withOutputOptions(withSettings(withDatasetOptions(command), 'sceneConfig.balls=2'))
    .addHelpText(
      'after',
      `
Pieces may share a folder, and be made at the same time; the same command without --shard then completes it:
  Slurm array      orrery generate bounce --size full --shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT   (--array=0-63)
  Kubernetes job   orrery generate bounce --size full --shard $JOB_COMPLETION_INDEX/64   (completionMode: Indexed)

Settings are "width", "height", "frames", "pictures" (rgb, depth, segmentation, flow), "episodes.<train, test, shifted or
pairs>", "camera" (a view of the scene), "policy" (scripted, random or mixed, where something acts), and "sceneConfig.<key>"
of the scene, which datasets/<dataset>/README.md lists.

Example:
  orrery generate bounce --size small --seed 1 --set sceneConfig.balls=2 --out data/two-balls`,
    )
    .action(async (dataset: string, options: GenerateOptions) => {
      if (options.shard) return printPiece(dataset, options, options.shard);
      const { manifest, folder } = await generate(dataset, options);
      printResult(options, { folder, manifest }, describeDataset(folder, manifest));
    });
}

/** "3/16" */
function piece(text: string): Piece {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined || of === undefined || Number(index) >= Number(of))
    throw new UsageError(`--shard ${text}: write it as i/n with i from 0 to n - 1, such as 0/16`);
  return { index: Number(index), of: Number(of) };
}

/** Where a dataset is and what is in it. */
export function describeDataset(folder: string, { spec, splits, checksums }: Manifest): string {
  const counts = Object.entries(splits).map(([name, { count }]) => `${count} ${name}`);
  return `dataset   ${folder}\n          episodes of ${spec.frames} frames: ${counts.join(', ')}; checksum ${checksums.dataset.slice(0, 12)}`;
}

async function printPiece(name: string, options: GenerateOptions, piece: Piece): Promise<void> {
  const { folder, result } = await make(name, options, (common) => generatePiece({ ...common, piece }));
  const { index, of } = piece;
  printResult(
    options,
    { folder, piece, ...result },
    `piece     ${index}/${of} in ${folder}: ${result.episodes} episodes in ${result.shards} shards`,
  );
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
  checkSettings(scenes[settings.scene]!.config, settings.sceneConfig, ['sceneConfig']);
  return settings;
}

/** Makes the dataset, or continues or finds it where it was made before. */
export async function generate(name: string, options: GenerateOptions) {
  const { folder, result } = await make(name, options, generateDataset);
  return { folder, manifest: result };
}

/** Finds out what is to be made and where, and shows how far it is. */
async function make<T>(name: string, options: GenerateOptions, work: (options: WorkOptions) => Promise<T>) {
  const spec = await datasetSpec(name, options.size, options);
  const changed = (options.set?.length ?? 0) > 0 || options.config !== undefined;
  if (changed && options.out === undefined)
    throw new UsageError(
      'a dataset with changed settings needs a folder of its own; name it with --out <folder>',
    );
  const folder =
    options.out === undefined ? datasetPlace(name, options.size, options.seed) : resolve(options.out);
  const interrupt = onInterrupt(note);
  let progress: Progress | undefined;
  try {
    const result = await work({
      ...{ spec, size: options.size, seed: options.seed, folder, workers: options.workers },
      signal: interrupt.signal,
      onProgress: ({ done, total }) => {
        progress ??= startProgress({ label: 'generate', total: total * spec.frames, unit: 'frames' });
        progress.update(done * spec.frames);
      },
    });
    progress?.finish(folder);
    interrupt.signal.throwIfAborted();
    return { result, folder };
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted('generation stopped; what is finished is kept, the same command continues');
    throw error;
  } finally {
    interrupt.release();
  }
}
