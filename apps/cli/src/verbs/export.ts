/** `orrery export`: a trained model as files that other programs load. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { readScorecard, SCORECARD_FILE } from '@orrery/evaluate';
import { exportFormats, exportRun, loadCheckpoint, type ExportFormat } from '@orrery/train';
import type { Command } from 'commander';
import { unknown, UsageError } from '../errors.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { integerOption, runPlace } from '../places.ts';

export interface ExportOptions extends OutputOptions {
  readonly format: string;
  readonly out?: string;
  readonly last?: boolean;
  readonly batch: number;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description(
      'a trained model for others: ONNX components, safetensors, or a run folder without what only training needs',
    )
    .argument('<run>', 'name of a run under runs/, or its folder')
    .requiredOption('--format <format>', `one of: ${exportFormats.join(', ')}`)
    .option('--out <folder>', 'where to write (default: export-<format> in the run folder)')
    .option('--last', 'export the newest checkpoint (default: the one with the lowest validation loss)')
    .option(
      '--batch <number>',
      'clips that the ONNX components take at once',
      integerOption('--batch', 1, 65536),
      1,
    );
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Example:
  orrery export bounce-residual-conv-seed0 --format onnx --out bounce-model`,
    )
    .action(async (run: string, options: ExportOptions) => {
      const format = exportFormats.find((known) => known === options.format);
      if (!format) throw new UsageError(unknown('format', options.format, exportFormats));
      const { folder, manifest } = await exportTo(run, format, options);
      const { family, trained, parameters } = manifest;
      const what = `${family}, ${parameters} parameters after ${trained.step} updates`;
      printResult(options, { folder, manifest }, `model     ${relative('.', folder)}\n          ${what}`);
    });
}

async function exportTo(run: string, format: ExportFormat, { out, last, batch }: ExportOptions) {
  const from = runPlace(run);
  const folder = resolve(out ?? join(from, `export-${format}`));
  const checkpoint = last ? 'last' : 'best';
  const beside = format === 'run' ? await scorecardOf(from, checkpoint) : {};
  return {
    folder,
    manifest: await exportRun({ folder: from, format, out: folder, checkpoint, batch, beside }),
  };
}

/** The run's scorecard, where it has one of the checkpoint that is exported. */
async function scorecardOf(folder: string, checkpoint: 'best' | 'last'): Promise<Record<string, Uint8Array>> {
  if (!existsSync(join(folder, SCORECARD_FILE))) return {};
  const [scorecard, { step }] = [await readScorecard(folder), await loadCheckpoint(folder, checkpoint)];
  if (scorecard.checkpoint.step !== step) return {};
  return { [SCORECARD_FILE]: await readFile(join(folder, SCORECARD_FILE)) };
}
