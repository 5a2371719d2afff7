/** `orrery plan`: what a recipe would take on other machines: does it fit, how fast, for how much. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import {
  catalogue,
  demandOf,
  estimate,
  hostTime,
  productEfficiency,
  rooflineSvg,
  workload,
  type Bounds,
  type Demand,
  type Estimate,
  type HostTime,
  type Workload,
} from '@orrery/launch';
import { precisions, type Precision } from '@orrery/graph';
import { families, type World } from '@orrery/models';
import { hostRates } from '@orrery/onnx/node';
import { writeFileAtomic } from '@orrery/storage';
import type { Training } from '@orrery/train';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { readOverrides } from '../overrides.ts';
import { note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { integerOption } from '../places.ts';
import { precisionOption } from '../precision-option.ts';
import { formatDuration } from '../progress.ts';
import { withSettings, type SettingSources } from '../settings.ts';
import { formatTable } from '../table.ts';
import { targetMachine } from '../target-machine.ts';
import { worldOf } from '../world.ts';
import { datasetSpec } from './generate.ts';
import { trainingSettings } from './train.ts';

interface PlanOptions extends OutputOptions, SettingSources {
  readonly family: string;
  readonly size: string;
  readonly target: string;
  readonly nodes: number;
  readonly precision: Precision;
  readonly frames?: number;
  readonly tokens?: number;
  readonly peak?: string;
  readonly catalogue?: string;
  readonly plot?: string;
  readonly here?: boolean;
}

const TARGETS = 'trn2.48xlarge,trn3-gen1,p5en.48xlarge,p6-b200.48xlarge';

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('what a recipe would take on other machines: memory, time, utilisation, money, energy')
    .argument('<dataset>', 'dataset by name; none is generated')
    .option('--family <name>', `one of: ${Object.keys(families).join(', ')}`, 'residual-conv')
    .option('--size <name>', 'of the dataset: tiny, small or full', 'small')
    .option(
      '--target <names>',
      `machines, with commas between (known: ${Object.keys(catalogue().instances).join(', ')})`,
      TARGETS,
    )
    .option('--nodes <number>', 'machines', integerOption('--nodes', 1, 4096), 1)
    .option('--precision <dtype>', `of matrix products: ${precisions.join(', ')}`, precisionOption, 'bf16')
    .option('--frames <number>', 'frames to learn from: time, money and energy for them', amount('--frames'))
    .option('--tokens <number>', 'the same in tokens, of families with patches', amount('--tokens'))
    .option('--peak <id>', 'what MFU is a fraction of (default: the first of the precision)')
    .option('--catalogue <file>', 'YAML or JSON with "chips" and "instances": your prices and machines')
    .option('--plot <file>', 'write a roofline as SVG')
    .option('--here', 'measure this machine’s CPU too, and predict an update on it');
  withOutputOptions(withSettings(command, 'model.width=256'))
    .addHelpText(
      'after',
      `
The batch of the recipe ("training.batch") is that of one device; a machine has as many as its row says. Every time is
between two bounds: at best products run at ${100 * productEfficiency} % of the peak and hide everything else; at worst nothing is fused and nothing
overlaps. FLOPs, bytes and memory are computed from the graph; peaks, bandwidths, powers and prices are those of the
catalogue, with source and date in --json. Nothing here was measured on a Trainium.

Example:
  orrery plan push --family diffusion-forcing --set model.width=512 --set training.batch=32 --frames 1e9 --nodes 4`,
    )
    .action(plan);
}

async function plan(dataset: string, options: PlanOptions): Promise<void> {
  const { precision } = options;
  if (options.frames !== undefined && options.tokens !== undefined)
    throw new UsageError('--frames and --tokens: name one of the two');
  const spec = await datasetSpec(dataset, options.size);
  const { model, training } = await trainingSettings(options.family, 0, options);
  const world = worldOf(spec, families[options.family]!);
  const tokensPerFrame = tokensOf(model, world);
  if (options.tokens !== undefined && tokensPerFrame === undefined)
    throw new UsageError(`--tokens: ${options.family} has no patches to count; give --frames`);
  const frames = options.frames ?? (options.tokens && Math.ceil(options.tokens / tokensPerFrame!));
  const known = catalogue(await readOverrides(options.catalogue));
  const machines = options.target.split(',').map((name) => targetMachine(name.trim(), known));
  const load = workload({ family: options.family, config: model, training, world });
  const demand = demandOf(load, training.batch, precision);
  const rows = machines.map((machine) => ({
    machine,
    estimate: estimate(demand, machine, { nodes: options.nodes, frames, peak: options.peak }),
  }));
  const here = options.here ? await onThisMachine(load, training) : undefined;
  const title = `${options.family} on ${dataset}, ${precision}`;
  if (options.plot !== undefined)
    await writeFileAtomic(resolve(options.plot), rooflineSvg(title, demand, rows));
  const { tiledFlops: _, ...asked } = demand;
  const value = {
    ...{ recipe: { dataset, family: options.family, model, training, world }, tokensPerFrame },
    demand: asked,
    assumptions: { productEfficiency, batch: 'of one device', measured: [] },
    estimates: rows.map(({ estimate: found, machine }) => ({ ...found, machine })),
    ...(here && { here }),
  };
  printResult(
    options,
    value,
    describe(
      title,
      demand,
      rows.map((row) => row.estimate),
      here,
    ),
  );
}

interface Here extends HostTime {
  readonly threads: number;
  /** Frames to learn from in a second. */
  readonly framesPerSecond: number;
}

/** An update in f32 by onnxruntime on the CPU, from rates that are measured now. */
async function onThisMachine({ model, train }: Workload, training: Training): Promise<Here> {
  const { batch, threads = availableParallelism() } = training;
  note('plan: measuring this machine');
  const time = hostTime(train, await hostRates({ threads }));
  return { ...time, threads, framesPerSecond: (batch * model.clipFrames) / time.step };
}

function amount(name: string) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isFinite(value) || value < 1)
      throw new UsageError(`${name} ${text}: give a number such as 1e9`);
    return value;
  };
}

/** Tokens of a frame, of families that cut it into patches. */
function tokensOf(model: unknown, world: World): number | undefined {
  const { patch } = model as { patch?: unknown };
  if (typeof patch !== 'number' || world.sees !== 'frames') return undefined;
  return (world.height / patch) * (world.width / patch);
}

const GIB = 2 ** 30;

function describe(title: string, demand: Demand, rows: readonly Estimate[], here?: Here): string {
  const goals = rows.some(({ goal }) => goal);
  const head = [
    ...[
      'target',
      'devices',
      'memory',
      'fits',
      'step, ms',
      'TFLOP/s a chip',
      'MFU',
      'of the peak',
      'frames/s',
    ],
    ...(goals ? ['time', 'US $', 'kWh of chips'] : []),
    'rests on',
  ];
  const table = rows.map((row) => [
    ...[row.target + (row.nodes > 1 ? ` x ${row.nodes}` : ''), String(row.devices)],
    `${(row.memory.needed / GIB).toPrecision(3)} of ${(row.memory.available / GIB).toPrecision(3)} GiB`,
    row.memory.fits,
    between(row.step, (s) => (s * 1e3).toPrecision(3)),
    between(row.tflops, (x) => x.toPrecision(3)),
    `${between(row.mfu, (x) => (100 * x).toPrecision(2))} %`,
    `${row.peak.id} ${row.peak.tflops.value}`,
    between(row.framesPerSecond, compact),
    ...(goals
      ? [
          between(row.goal!.time, formatDuration),
          row.goal!.cost ? between(row.goal!.cost, compact) : 'no price',
          row.goal!.energy ? between(row.goal!.energy, compact) : 'unknown',
        ]
      : []),
    row.confidence,
  ]);
  const prices = rows.flatMap(({ target, goal }) =>
    (goal?.prices ?? []).map((price) => `  ${target}: ${price}`),
  );
  const uncounted = rows.flatMap(({ target, uncounted: links }) =>
    links.map((link) => `${target}: ${link} not in the catalogue: gradients go through in no time`),
  );
  return [
    `${title}: one device computes ${compact(demand.modelFlops)} model FLOPs an update, moves ${compact(demand.fusedBytes)} bytes (all fused) to ${compact(demand.unfusedBytes)} (nothing fused)`,
    '',
    formatTable([head, ...table]),
    '',
    ...(uncounted.length > 0 ? [...uncounted, ''] : []),
    ...(prices.length > 0 ? ['Prices', ...prices, ''] : []),
    ...(here ? [describeHere(here), ''] : []),
    'Each pair is "at best to at worst". Computed from the graph: FLOPs, bytes, memory. From the catalogue: all else; "rests on"',
    `names its least sure figure. Assumed: products reach ${100 * productEfficiency} % of a peak, as one of 8192^3 did on an H200. Measured: nothing of the table; no row was run on a Trainium, and none on these GPUs.`,
  ].join('\n');
}

function describeHere({ threads, step, products, memory, framesPerSecond }: Here): string {
  const ms = (seconds: number) => (seconds * 1e3).toPrecision(3);
  return `This machine, f32, ${threads} threads of onnxruntime: ${ms(step)} ms an update (products ${ms(products)}, memory ${ms(memory)}), ${compact(framesPerSecond)} frames/s: predicted from rates that were measured now, within about 25 % ("orrery bench plan").`;
}

function between([best, least]: Bounds, show: (value: number) => string): string {
  return `${show(best)} to ${show(least)}`;
}

function compact(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}
