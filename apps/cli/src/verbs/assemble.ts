/** `orrery assemble`: puts the pieces of a dataset together. */
import { assembleDataset } from '@orrery/dataset/node';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { Interrupted } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { startProgress } from '../progress.ts';
import { describeDataset } from './generate.ts';

interface AssembleOptions extends OutputOptions {
  readonly out: string;
}

export function addAssemble(program: Command): void {
  const command = program
    .command('assemble')
    .description('put pieces of a dataset, made with "orrery generate --shard i/n", together')
    .argument('<folders...>', 'folders with one piece or more each')
    .requiredOption('--out <folder>', 'where the dataset goes; may be one of the folders');
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
The files are, byte for byte, those that one run would have made.

Example:
  orrery assemble pieces/0 pieces/1 pieces/2 --out data/bounce-full`,
    )
    .action(assemble);
}

async function assemble(folders: readonly string[], options: AssembleOptions): Promise<void> {
  const out = resolve(options.out);
  const interrupt = onInterrupt(note);
  let progress: ReturnType<typeof startProgress> | undefined;
  try {
    const manifest = await assembleDataset({
      ...{ folders, out, signal: interrupt.signal },
      onProgress: ({ done, total }) => {
        progress ??= startProgress({ label: 'assemble', total, unit: 'shards' });
        progress.update(done);
      },
    });
    progress?.finish(out);
    printResult(options, { folder: out, manifest }, describeDataset(out, manifest));
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted('assembling stopped; what is copied is kept, the same command continues');
    throw error;
  } finally {
    interrupt.release();
  }
}
