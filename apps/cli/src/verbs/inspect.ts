/** `orrery inspect`: shows what is in a dataset. */
import { relative, resolve } from 'node:path';
import { pictures } from '@orrery/dataset';
import { openFolder } from '@orrery/dataset/node';
import {
  actionsTable,
  arraysTable,
  factorsTable,
  inspectDataset,
  splitsTable,
  type Inspection,
} from '@orrery/inspect';
import type { Command } from 'commander';
import { z } from 'zod';
import { episodesOption } from '../episodes-option.ts';
import { Interrupted, UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetFolder } from '../places.ts';
import { startProgress } from '../progress.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';
import { formatTable } from '../table.ts';

const inspectSchema = z.strictObject({
  /** Frames of each episode on the contact sheet. */
  frames: z.int().min(1).max(64).default(8),
  /** Kinds of pictures to show, of those that the dataset has. */
  pictures: z
    .union([z.array(z.enum(pictures)).min(1), z.enum(pictures).transform((name) => [name])])
    .default(['rgb']),
});

export interface InspectOptions extends OutputOptions, SettingSources {
  readonly out?: string;
  readonly episodes?: number[];
}

export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .description('contact sheet, video and statistics of a dataset')
    .argument('<dataset>', 'folder of a generated dataset, or its name under data/')
    .option('--out <folder>', 'where to write (default: <dataset>-inspect beside it)')
    .option(
      '--episodes <list>',
      'episodes to show, such as 0,3,8-11 (default: some of each split)',
      episodesOption,
    );
  withOutputOptions(withSettings(command, 'frames=12'))
    .addHelpText(
      'after',
      `
Settings are "frames" (of each episode on the sheet) and "pictures" (rgb, depth, segmentation, flow).

Example:
  orrery inspect bounce-small --episodes 0-3,256 --set 'pictures=["rgb","depth"]'`,
    )
    .action(async (dataset: string, options: InspectOptions) => {
      const { statistics, files } = await inspect(dataset, options);
      printResult(options, { statistics, files }, describe({ statistics, files }));
    });
}

async function inspect(name: string, options: InspectOptions): Promise<Inspection> {
  const settings = await readSettings(inspectSchema, options);
  const folder = datasetFolder(name);
  const dataset = await openFolder(folder);
  const missing = settings.pictures.find((picture) => !dataset.arrays.includes(picture));
  if (missing !== undefined)
    throw new UsageError(
      `pictures: "${missing}" is not in ${folder}; it has ${dataset.manifest.spec.pictures.join(', ')}`,
    );
  const beyond = options.episodes?.find((episode) => episode >= dataset.episodes);
  if (beyond !== undefined)
    throw new UsageError(`--episodes: there is no episode ${beyond}; the last is ${dataset.episodes - 1}`);
  const interrupt = onInterrupt(note);
  const progress = startProgress({ label: 'inspect', total: dataset.episodes, unit: 'episodes' });
  try {
    const inspection = await inspectDataset({
      ...{ dataset, folder, ...settings, episodes: options.episodes },
      out: resolve(options.out ?? `${folder}-inspect`),
      onProgress: ({ done }) => progress.update(done),
      signal: interrupt.signal,
    });
    progress.finish();
    return inspection;
  } catch (error) {
    if (interrupt.signal.aborted) throw new Interrupted('inspection stopped; nothing was written');
    throw error;
  } finally {
    interrupt.release();
  }
}

function describe({ statistics, files }: Inspection): string {
  const { dataset, episodes, frames } = statistics;
  const tables = [splitsTable, factorsTable, actionsTable, arraysTable]
    .map((table) => table(statistics))
    .filter((table) => table.length > 1);
  return [
    `${dataset.name} ${dataset.size}, seed ${dataset.seed}: ${episodes} episodes of ${frames} frames, checksum ${dataset.checksum.slice(0, 12)}\n`,
    ...tables.map((table) => `${formatTable(table)}\n`),
    ...Object.values(files).map((path) => relative('.', path)),
  ].join('\n');
}
