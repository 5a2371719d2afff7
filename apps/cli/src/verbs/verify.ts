/** `orrery verify`: reads a whole dataset and compares it with its checksums. */
import { verifyDataset } from '@orrery/dataset/node';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { Interrupted } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { judge, note, printResult, withOutputOptions, type Figure, type OutputOptions } from '../output.ts';
import { integerOption } from '../places.ts';
import { startProgress } from '../progress.ts';

interface VerifyOptions extends OutputOptions {
  readonly workers?: number;
}

/** Problems that are printed; a dataset that is cut short has one an episode and array. */
const SHOWN = 20;

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('recompute every checksum of a dataset; exit code 1 where it is not what it was')
    .argument('<folder>', 'a dataset, such as data/bounce-small')
    .option('--workers <number>', 'worker threads (default: one a core)', integerOption('--workers', 1, 256));
  withOutputOptions(command)
    .addHelpText('after', '\nExample:\n  orrery verify data/bounce-small')
    .action(verify);
}

async function verify(place: string, options: VerifyOptions): Promise<void> {
  const folder = resolve(place);
  const interrupt = onInterrupt(note);
  let progress: ReturnType<typeof startProgress> | undefined;
  try {
    const { manifest, problems } = await verifyDataset(folder, {
      ...{ workers: options.workers, signal: interrupt.signal },
      onProgress: ({ done, total }) => {
        progress ??= startProgress({ label: 'verify', total, unit: 'episodes' });
        progress.update(done);
      },
    });
    progress?.finish(folder);
    const lines = problems.map(({ file, array, episode, problem }) =>
      [
        episode === undefined ? file : `episode ${episode}, ${array ?? file}`,
        episode === undefined || array === undefined ? problem : `${file} ${problem}`,
      ].join(': '),
    );
    if (lines.length > SHOWN) lines.splice(SHOWN, Infinity, `... and ${problems.length - SHOWN} more`);
    const figures: Figure[] = [
      { name: 'problems', value: problems.length, unit: '', bound: '= 0', holds: problems.length === 0 },
    ];
    const { dataset } = manifest.checksums;
    printResult(
      options,
      { folder, checksum: dataset, problems, figures },
      [
        ...lines,
        `${folder}: ${problems.length === 0 ? `all as it was made, checksum ${dataset}` : `${problems.length} problems`}`,
      ].join('\n'),
    );
    judge(figures);
  } catch (error) {
    if (interrupt.signal.aborted) throw new Interrupted('verification stopped');
    throw error;
  } finally {
    interrupt.release();
  }
}
