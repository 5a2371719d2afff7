/** `orrery evaluate`: rolls a run out on held-out episodes and judges it against the baselines. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { openFolder } from '@orrery/dataset/node';
import {
  evaluate,
  formatQuantity,
  judgingSchema,
  physicsSummary,
  predictorLabel,
  summaryTable,
  type Scorecard,
} from '@orrery/evaluate';
import { loadRun } from '@orrery/train';
import type { Command } from 'commander';
import { Interrupted } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { judge, note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { runPlace } from '../places.ts';
import { startProgress } from '../progress.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';
import { formatTable } from '../table.ts';

export interface EvaluateOptions extends OutputOptions, SettingSources {
  readonly data?: string;
  readonly checkpoint?: 'best' | 'last';
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('roll a run out on held-out episodes: scorecard, report, rollouts for the viewer')
    .argument('<run>', 'name of a run under runs/, or its folder')
    .option('--data <folder>', 'dataset to evaluate on (default: the one that the run was trained on)')
    .option('--last', 'evaluate the newest checkpoint (default: the one with the lowest validation loss)');
  withOutputOptions(withSettings(command, 'horizon=20'))
    .addHelpText(
      'after',
      `
Settings: horizon (frames that the bounds are about), longest (frames that are measured), episodes, starts, split,
shifts=false (leaves out the splits with a shifted factor), surprise=false (leaves out pairs of possible and impossible
episodes), probes (contexts that linear probes of the model's state are fitted to; 0 for none), keep (rollouts for the
viewer), batch, draws and seed (of the intervals).

Example:
  orrery evaluate bounce-residual-conv-seed0 --set horizon=20 --json`,
    )
    .action(async (run: string, options: EvaluateOptions & { last?: boolean }) => {
      const { scorecard, folder } = await evaluateRun(run, {
        ...options,
        checkpoint: options.last ? 'last' : 'best',
      });
      printResult(options, scorecard, describe(scorecard, folder));
      judge(scorecard.figures);
    });
}

/**
 * Evaluates a run where `orrery train` left it.
 * @throws Error when the run, its checkpoint or its dataset is missing or damaged
 */
export async function evaluateRun(
  run: string,
  options: EvaluateOptions,
): Promise<{ scorecard: Scorecard; folder: string }> {
  const judging = await readSettings(judgingSchema, options);
  const folder = runPlace(run);
  const { dataset } = await loadRun(folder);
  const opened = await openFolder(options.data ?? dataset.path);
  const interrupt = onInterrupt(note);
  let progress: ReturnType<typeof startProgress> | undefined;
  try {
    const scorecard = await evaluate({
      ...judging,
      ...{ folder, dataset: opened, checkpoint: options.checkpoint, signal: interrupt.signal },
      onProgress: ({ done, total }) => {
        progress ??= startProgress({ label: 'evaluate', total, unit: 'rollouts' });
        progress.update(done);
      },
    });
    progress?.finish(relative('.', folder));
    interrupt.signal.throwIfAborted();
    return { scorecard, folder };
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Interrupted('evaluation stopped; the same command starts it again');
    throw error;
  } finally {
    interrupt.release();
  }
}

/** The table of predictors and where the rest lies. */
export function describe(scorecard: Scorecard, folder: string): string {
  const bounded = scorecard.figures.filter(({ bound }) => bound !== null);
  const held = bounded.filter(({ holds }) => holds).length;
  const report = join(folder, 'report.html');
  const told = (name: string) => Number(scorecard.figures.find((figure) => figure.name === name)?.value);
  const heed = told('action_sensitivity');
  const error = told('action_sensitivity/standard-error');
  return [
    `\n${formatTable(summaryTable(scorecard))}\n`,
    `${formatTable(physicsSummary(scorecard))}\n`,
    ...beyond(scorecard),
    ...(Number.isNaN(heed)
      ? []
      : [`actions   worth ${heed.toFixed(2)} ± ${error.toFixed(2)} dB against those of another episode`]),
    ...(scorecard.probes ? [describeProbes(scorecard.probes)] : []),
    `bounds    ${held} of ${bounded.length} hold`,
    ...(existsSync(report) ? [`report    ${relative('.', report)}`] : []),
  ].join('\n');
}

/** "probes    R² of position 0.98, velocity 0.71, read linearly from 64 numbers of state" */
function describeProbes({ rows, features }: NonNullable<Scorecard['probes']>): string {
  const read = rows.map(({ quantity, r2 }) => `${quantity} ${formatQuantity(r2.value, 2)}`).join(', ');
  return `probes    R² of ${read}, read linearly from ${features} numbers of state`;
}

/** What became of the model on shifted splits, and which pairs all predictors told right: one table each. */
function beyond({ shifts, surprise, metrics, protocol }: Scorecard): string[] {
  const tables: string[] = [];
  if (shifts.length > 1) {
    const shown = metrics.filter(({ name }) => ['psnr', 'position_error'].includes(name));
    const rows = shifts.map(({ factor, rows: [model] }) => [
      factor ?? 'in distribution',
      ...shown.map(
        ({ name, digits, unit }) => `${formatQuantity(model!.metrics[name]?.value ?? null, digits)} ${unit}`,
      ),
    ]);
    const heads = shown.map(({ label }) => `${label} 1–${protocol.horizon}`);
    tables.push(`${formatTable([['model, shifted factor', ...heads], ...rows])}\n`);
  }
  if (surprise) {
    const rows = surprise.overall.map(({ predictor, accuracy }) => [
      predictorLabel(predictor),
      ...[
        accuracy,
        ...surprise.violations.map(
          ({ rows: all }) => all.find((row) => row.predictor === predictor)!.accuracy,
        ),
      ].map(({ value }) => `${formatQuantity(value, 0)} %`),
    ]);
    tables.push(
      `${formatTable([['pairs told right', 'all', ...surprise.violations.map(({ violation }) => violation)], ...rows])}\n`,
    );
  }
  return tables;
}
