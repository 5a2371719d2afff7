/** `orrery start`: the main job. It is the verbs in their order, with their defaults, and nothing else. */
import type { Command } from 'commander';
import { judge, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { describe, evaluateRun } from './evaluate.ts';
import { generate, withDatasetOptions } from './generate.ts';
import { trainingSettings, trainRun } from './train.ts';
import { view, withPort, type ViewOptions } from './view.ts';
import { withSettings, type SettingSources } from '../settings.ts';

interface StartOptions extends ViewOptions, OutputOptions, SettingSources {
  readonly size: string;
  readonly seed: number;
  readonly run?: string;
  readonly fresh?: boolean;
  readonly view: boolean;
}

const DATASET = 'bounce';
const FAMILY = 'residual-conv';

export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('the whole way: generate "bounce", train a world model, evaluate it, show it in the browser')
    .option('--no-view', 'end after the report (as --json does)')
    .option('--run <name>', 'name of the run under runs/ (default: from dataset, family and seed)')
    .option('--fresh', 'train again even where the run is finished');
  withOutputOptions(withPort(withSettings(withDatasetOptions(command), 'training.steps=200')))
    .addHelpText('after', '\nExample:\n  npm start -- --no-view --seed 1')
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const { size, seed, json, verbose } = options;
  await trainingSettings(FAMILY, seed, options); // wrong settings are refused before work starts
  const dataset = await generate(DATASET, { size, seed, json, verbose });
  const { run } = await trainRun(dataset.folder, { ...options, family: FAMILY });
  const { scorecard, folder } = await evaluateRun(run, { json, verbose });
  printResult(options, scorecard, describe(scorecard, folder));
  judge(scorecard.figures);
  // A machine that asked for one JSON object gets one, and no server to wait for.
  if (options.view && !options.json) await view(run, options);
}
