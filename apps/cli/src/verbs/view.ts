/** `orrery view`: serves the viewer and the runs, or a dataset, on loopback until Ctrl-C. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFolder } from '@orrery/dataset/node';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { datasetFolder, integerOption, runPlace, runsFolder } from '../places.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';
import { startViewerServer } from '../viewer-server.ts';

/** The production build of apps/viewer. */
export const viewerFolder = fileURLToPath(new URL('../../../viewer/dist', import.meta.url));

const viewSchema = z.strictObject({
  /** On 127.0.0.1; 0 takes a free one. */
  port: z.int().min(0).max(65535).default(4173),
});

export interface ViewOptions extends OutputOptions {
  readonly port?: number;
  readonly dataset?: string;
}

/** Options of every command that ends in the viewer. */
export function withPort(command: Command): Command {
  return command.option(
    '--port <number>',
    'port of the viewer on 127.0.0.1; 0 takes a free one (default: 4173)',
    integerOption('--port', 0, 65535),
  );
}

export function addView(program: Command): void {
  const command = program
    .command('view')
    .description('serve the viewer: predicted beside true, or a dataset, in the browser')
    .argument('[run]', 'run to open first: a name under runs/ or a folder (default: the latest)')
    .option('--dataset <folder>', 'show a dataset instead of a run: its folder, or its name under data/');
  withOutputOptions(withSettings(withPort(command), 'port=8080'))
    .addHelpText(
      'after',
      `
Example:
  orrery view bounce-residual-conv-seed0 --port 8080
  orrery view --dataset bounce-small`,
    )
    .action(async (run: string | undefined, options: ViewOptions & SettingSources) => {
      const given = options.port === undefined ? {} : { port: options.port };
      await view(run, { ...options, ...(await readSettings(viewSchema, options)), ...given });
    });
}

/**
 * Serves until interrupted.
 * @throws Error when the run has no rollouts, the dataset cannot be read, the viewer is not built, or the port is taken
 */
export async function view(
  run: string | undefined,
  { port = viewSchema.parse({}).port, ...options }: ViewOptions,
): Promise<void> {
  if (run !== undefined && options.dataset !== undefined)
    throw new UsageError(`run "${run}" and dataset "${options.dataset}": name one of the two`);
  const dataset = options.dataset === undefined ? undefined : datasetFolder(options.dataset);
  if (dataset !== undefined) await openFolder(dataset);
  const folder = run === undefined ? undefined : runPlace(run);
  if (folder !== undefined && !existsSync(join(folder, 'rollouts.zarr', 'zarr.json'))) {
    const remedy = existsSync(join(folder, 'run.json'))
      ? `run "orrery evaluate ${run}" first`
      : existsSync(join(datasetFolder(run!), 'zarr.json'))
        ? `"orrery view --dataset ${run}" shows the dataset of that name`
        : '"orrery train" makes one; "ls runs" shows those that exist';
    throw new Error(`run "${run}" has no rollouts to show (${folder}); ${remedy}`);
  }
  const server = await startViewerServer({
    runsFolder: folder === undefined ? runsFolder() : dirname(folder),
    datasetFolder: dataset,
    viewerFolder,
    port,
    host: '127.0.0.1',
  });
  const page =
    dataset !== undefined ? 'dataset.html' : folder && `#run=${encodeURIComponent(basename(folder))}`;
  const url = server.url + (page ?? '');
  printResult(options, { url }, `viewer    ${url}  (Ctrl-C ends it)`);
  const interrupt = onInterrupt(() => note('viewer closed'));
  await new Promise<void>((resolve) =>
    interrupt.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  interrupt.release();
  await server.close();
}
