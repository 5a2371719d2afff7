/** `orrery export`: a trained model as files that other programs load. */
import { join, relative, resolve } from 'node:path';
import { exportFormats, exportRun, type ExportFormat } from '@orrery/train';
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
      'a trained model for others: ONNX components, safetensors, or a run folder of the weights alone',
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
  return { folder, manifest: await exportRun({ folder: from, format, out: folder, checkpoint, batch }) };
}
