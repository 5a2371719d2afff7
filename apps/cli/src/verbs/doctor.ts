/** `orrery doctor`: can this machine run Orrery? */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { families } from '@orrery/models';
import { neuronTargets } from '@orrery/neuron';
import { runtimeInfo } from '@orrery/onnx/node';
import type { Command } from 'commander';
import { z } from 'zod';
import { doctorTarget, type NeuronOptions } from '../neuron-report.ts';
import { judge, printResult, withOutputOptions, type Figure, type OutputOptions } from '../output.ts';
import { dataFolder, runsFolder } from '../places.ts';
import { readSettings, withSettings, type SettingSources } from '../settings.ts';
import { formatTable } from '../table.ts';
import { viewerFolder } from './view.ts';

const GIB = 2 ** 30;

const doctorSchema = z.strictObject({
  /** GiB that must be there. */
  memory: z.number().min(0).default(2),
  /** GiB that must be free, for datasets and for runs. */
  disk: z.number().min(0).default(1),
});
type Needs = z.infer<typeof doctorSchema>;

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'check what this machine has: Node, onnxruntime, cores, memory, disk, viewer, browser, Python',
    );
  command
    .option('--target <name>', `what a Neuron compiler would say instead: ${neuronTargets.join(', ')}`)
    .option('--model <family>', `with --target: one of ${Object.keys(families).join(', ')} (default: all)`)
    .option('--dataset <name>', 'with --target: the dataset whose world is modelled', 'bounce')
    .option('--size <name>', 'with --target: its size', 'small');
  withOutputOptions(withSettings(command, 'disk=50'))
    .addHelpText(
      'after',
      `
With --target, each op of the training step and of the imagination is accepted, rewritten, warned of or refused, with
the compiler's error code and the page that says so; settings are then "model.<key>" and "training.<key>".

Example:
  orrery doctor --set disk=50 --json
  orrery doctor --target trn2 --model diffusion-forcing --dataset push`,
    )
    .action(async ({ target, ...options }: Partial<NeuronOptions> & OutputOptions & SettingSources) => {
      if (target !== undefined) return doctorTarget({ ...(options as NeuronOptions), target });
      const figures = await examine(await readSettings(doctorSchema, options));
      const rows = figures.map(({ name, value, unit, bound, holds }) => [
        holds ? 'ok' : 'MISSED',
        name,
        `${value ?? '–'}${unit ? ` ${unit}` : ''}`,
        bound ?? 'optional',
      ]);
      printResult(options, { figures }, formatTable([['', 'what', 'found', 'needed'], ...rows]));
      judge(figures);
    });
}

/** Every check as a figure; a bound of null marks what only some features need. */
async function examine(needs: Needs): Promise<Figure[]> {
  const need = (
    name: string,
    value: number | string | null,
    unit: string,
    bound: string,
    holds: boolean,
  ): Figure => ({
    ...{ name, value, unit, bound, holds },
  });
  const optional = (name: string, value: string | null): Figure => ({
    ...{ name, value: value ?? 'not found', unit: '', bound: null, holds: true },
  });

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const runtime = await runtimeInfo().catch((error: unknown) => error as Error);
  const memory = Math.round((totalmem() / GIB) * 10) / 10;
  const figures = [
    need('Node', process.versions.node, '', '>= 22.18', major > 22 || (major === 22 && minor >= 18)),
    runtime instanceof Error
      ? need('onnxruntime', runtime.message, '', 'loads; run "npm ci"', false)
      : need('onnxruntime', `${runtime.version} (${runtime.providers.join(', ')})`, '', 'loads', true),
    need('CPU cores', availableParallelism(), '', '>= 1', true),
    need('memory', memory, 'GiB', `>= ${needs.memory}`, memory >= needs.memory),
  ];
  for (const [name, folder] of [
    ['disk for datasets', dataFolder()],
    ['disk for runs', runsFolder()],
  ] as const) {
    const free = await freeSpace(folder);
    figures.push(need(name, free, 'GiB free', `>= ${needs.disk}`, free >= needs.disk));
  }
  figures.push(
    optional(
      'viewer',
      existsSync(viewerFolder) ? 'built' : 'not built; "npx nx build @orrery/viewer" builds it',
    ),
    optional('git', await version('git', ['--version'])),
    optional('Chromium (browser tests)', await version('chromium', ['--version'])),
    optional('Python (cross-checks)', await version('python3', ['--version'])),
  );
  return figures;
}

/** GiB free on the disk that holds `folder`, which need not exist yet. */
async function freeSpace(folder: string): Promise<number> {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  return Math.round(((bavail * bsize) / GIB) * 10) / 10;
}

async function version(command: string, args: readonly string[]): Promise<string | null> {
  const run = promisify(execFile);
  return run(command, [...args], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim().split('\n')[0] ?? null,
    () => null,
  );
}
