/** `orrery convert`: a dataset in the format of others. */
import { relative, resolve } from 'node:path';
import { checkSpace, openFolder } from '@orrery/dataset/node';
import {
  conversionBytes,
  convertToLeRobot,
  convertToNpz,
  type ConvertOptions as Conversion,
} from '@orrery/convert';
import type { Command } from 'commander';
import { z } from 'zod';
import { Interrupted, unknown, UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetFolder } from '../places.ts';
import { startProgress } from '../progress.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';

const convertSchema = z.strictObject({
  /** LeRobot: quantization parameter of the video, 10 (best) to 51. */
  quantizer: z.int().min(10).max(51).default(14),
  /** NPZ: what a file holds. */
  by: z.enum(['split', 'episode']).default('split'),
});
type ConvertSettings = z.infer<typeof convertSchema>;

type Format = 'lerobot' | 'npz';
const formats: Readonly<Record<Format, (options: Conversion, settings: ConvertSettings) => Promise<void>>> = {
  lerobot: convertToLeRobot,
  npz: convertToNpz,
};

export interface ConvertOptions extends OutputOptions, SettingSources {
  readonly to: string;
  readonly out?: string;
}

export function addConvert(program: Command): void {
  const command = program
    .command('convert')
    .description('a dataset in the format of others: LeRobot v3 or NPZ')
    .argument('<dataset>', 'folder of a generated dataset, or its name under data/')
    .requiredOption('--to <format>', `one of: ${Object.keys(formats).join(', ')}`)
    .option('--out <folder>', 'where to write (default: <dataset>-<format> beside it)');
  withOutputOptions(withSettings(command, 'by=episode'))
    .addHelpText(
      'after',
      `
Settings are "quantizer" of LeRobot's video (10 is best, 51 smallest) and "by" of NPZ (split or episode).

Example:
  orrery convert bounce-small --to lerobot --out data/bounce-lerobot`,
    )
    .action(async (dataset: string, options: ConvertOptions) => {
      const folder = await convert(dataset, options);
      printResult(options, { folder, format: options.to }, `dataset   ${relative('.', folder)}`);
    });
}

async function convert(name: string, options: ConvertOptions): Promise<string> {
  const to = options.to as Format;
  if (!Object.hasOwn(formats, to)) throw new UsageError(unknown('format', options.to, Object.keys(formats)));
  const settings = await readSettings(convertSchema, options);
  const folder = datasetFolder(name);
  const out = resolve(options.out ?? `${folder}-${options.to}`);
  const dataset = await openFolder(folder);
  await checkSpace(out, await conversionBytes(dataset, folder, to));
  const interrupt = onInterrupt(note);
  const progress = startProgress({ label: 'convert', total: dataset.episodes, unit: 'episodes' });
  try {
    const onProgress = ({ done }: { done: number }) => progress.update(done);
    await formats[to]({ dataset, out, onProgress, signal: interrupt.signal }, settings);
    progress.finish();
    return out;
  } catch (error) {
    if (interrupt.signal.aborted) throw new Interrupted('conversion stopped; nothing was written');
    throw error;
  } finally {
    interrupt.release();
  }
}
