/** `orrery export`: a trained model, or a training, as files that other programs load. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { readScorecard, SCORECARD_FILE } from '@orrery/evaluate';
import { precisions } from '@orrery/graph';
import { families } from '@orrery/models';
import { neuronTargets } from '@orrery/neuron';
import { exportFormats, exportRun, loadCheckpoint, type ExportFormat } from '@orrery/train';
import { Option, type Command } from 'commander';
import { describeBundle, exportBundle, meshOption, type BundleExportOptions } from '../export-bundle.ts';
import { unknown, UsageError } from '../errors.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { integerOption, runPlace } from '../places.ts';
import { precisionOption } from '../precision-option.ts';
import { withSettings } from '../settings.ts';
import { withDatasetOptions } from './generate.ts';

const formats = [...exportFormats, 'stablehlo'] as const;

export interface ExportOptions extends OutputOptions, BundleExportOptions {
  readonly format: string;
  readonly last?: boolean;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description(
      'a trained model for others: ONNX components, safetensors, or a run folder of the weights alone; or a training as a bundle that XLA runs on accelerators',
    )
    .argument(
      '<run>',
      'name of a run under runs/, or its folder; for stablehlo also a dataset, as "orrery train" takes it',
    )
    .requiredOption('--format <format>', `one of: ${formats.join(', ')}`)
    .option('--out <folder>', 'where to write (default: export-<format> in the run folder)')
    .option(
      '--last',
      'export the newest checkpoint (default: the one with the lowest validation loss; stablehlo: always the newest)',
    )
    .option(
      '--batch <number>',
      'clips that the components take at once',
      integerOption('--batch', 1, 65536),
      1,
    );
  command
    .option(
      '--family <name>',
      `stablehlo of a dataset: one of ${Object.keys(families).join(', ')}`,
      'residual-conv',
    )
    .option(
      '--precision <dtype>',
      `stablehlo: of matrix products: ${precisions.join(', ')}`,
      precisionOption,
      'f32',
    )
    .option('--composites', 'stablehlo: attention and norms as composites (default: but for --target)')
    .option('--no-composites', 'stablehlo: attention and norms written out')
    .addOption(
      new Option('--target <name>', 'stablehlo: rewrite the programs for a Neuron compiler').choices(
        neuronTargets,
      ),
    )
    .option(
      '--mesh <sizes>',
      'stablehlo: devices that arrays are to be cut for, such as data=16,sequence=2,tensor=4',
      meshOption,
    );
  withOutputOptions(withSettings(withDatasetOptions(command), 'training.steps=500'))
    .addHelpText(
      'after',
      `
Example:
  orrery export bounce-residual-conv-seed0 --format onnx --out bounce-model
  orrery export bounce --format stablehlo --family diffusion-forcing --precision bf16 --set training.batch=64`,
    )
    .action(async (run: string, options: ExportOptions) => {
      if (options.format === 'stablehlo') {
        const written = await exportBundle(run, options);
        return printResult(options, written, describeBundle(written));
      }
      const format = exportFormats.find((known) => known === options.format);
      if (!format) throw new UsageError(unknown('format', options.format, formats));
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
