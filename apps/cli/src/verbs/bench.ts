/** `orrery bench`: what Orrery promises, measured on this machine, beside what others reach. */
import type { Command } from 'commander';
import { benchGenerate, type GenerateReport } from '../benchmarks/generate/index.ts';
import { benchPhysics, caseNames, type PhysicsReport } from '../benchmarks/physics/index.ts';
import { benchPlan, type PlanReport } from '../benchmarks/plan/index.ts';
import { benchTrain, type TrainReport } from '../benchmarks/train/index.ts';
import { unknown, UsageError } from '../errors.ts';
import { judge, note, printResult, withOutputOptions, type Figure, type OutputOptions } from '../output.ts';
import { integerOption } from '../places.ts';
import { formatTable } from '../table.ts';

export function addBench(program: Command): void {
  const bench = program
    .command('bench')
    .description('measure what must hold, beside other software; exits with 1 where a bound is missed');
  for (const add of [addPhysics, addGenerate, addTraining, addPlanning]) add(bench);
}

function addPhysics(bench: Command): void {
  const command = bench
    .command('physics')
    .description('our physics, cannon-es and Rapier against closed-form mechanics; steps a second')
    .option('--only <case>', `one of: ${caseNames.join(', ')}`);
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  orrery bench physics                  all cases; about three minutes
  orrery bench physics --only head-on   one of them
  orrery bench physics --json > physics.json`,
    )
    .action(async ({ only, ...options }: OutputOptions & { only?: string }) => {
      if (only !== undefined && !caseNames.includes(only))
        throw new UsageError(unknown('case', only, caseNames));
      const report = await benchPhysics(only, (name, title) => note(`${name.padEnd(10)} ${title}`));
      printResult(options, report, describePhysics(report));
      judge(report.figures);
    });
}

function describePhysics({ engines, figures }: PhysicsReport): string {
  const names = engines.map(({ name }) => name);
  const rows = figures.map(({ name, value, unit, bound, holds, peers }) => [
    holds ? (bound === null ? '' : 'ok') : 'MISSED',
    name,
    ...[value, ...names.slice(1).map((peer) => peers[peer] ?? null)].map(show),
    unit,
    bound ?? '–',
  ]);
  const settings = engines.map(({ name, version, setting }) => `${name} ${version}: ${setting}`);
  return `\n${formatTable([['', 'what', ...names, 'unit', 'bound'], ...rows])}\n\n${settings.join('\n')}`;
}

function addGenerate(bench: Command): void {
  const command = bench
    .command('generate')
    .description('frames a second to disk, clips read, memory, cost of each stage; beside three.js')
    .option(
      '--episodes <number>',
      'episodes of 100 frames in the largest dataset that is made',
      integerOption('--episodes', 32, 100_000),
      512,
    );
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  orrery bench generate                 about a minute; wants 1 GB in the temporary folder
  orrery bench generate --json > generate.json`,
    )
    .action(async ({ episodes, ...options }: OutputOptions & { episodes: number }) => {
      const report = await benchGenerate({ episodes, onPart: note });
      printResult(options, report, describeGenerate(report));
      judge(report.figures);
    });
}

function describeGenerate({ figures, three }: GenerateReport): string {
  return `\n${figureTable(figures)}\n\n${three}`;
}

function addTraining(bench: Command): void {
  const command = bench
    .command('train')
    .description(
      'training speed beside the best GEMM, host overhead; beside PyTorch, JAX, jax-js, TensorFlow.js',
    )
    .option(
      '--rounds <number>',
      'turns of each model with the GEMMs, and runs of each peer in Python',
      integerOption('--rounds', 1, 100),
      3,
    )
    .option('--python <path...>', 'interpreters in which PyTorch and JAX are looked for', [
      'python3',
      '/usr/bin/python3',
    ]);
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  orrery bench train                    some minutes, on cores that do nothing else
  orrery bench train --python ~/torch/bin/python ~/jax/bin/python --json > train.json`,
    )
    .action(async ({ rounds, python, ...options }: OutputOptions & { rounds: number; python: string[] }) => {
      const report = await benchTrain({ rounds, pythons: python, onPart: note });
      printResult(options, report, describeTraining(report));
      judge(report.figures);
    });
}

function describeTraining({ threads, runtime, figures, peers }: TrainReport): string {
  const others = Object.entries(peers).map(([name, version]) => `${name}: ${version}`);
  return `\n${figureTable(figures)}\n\n${[`${runtime}, ${threads} threads`, ...others].join('\n')}`;
}

function addPlanning(bench: Command): void {
  const command = bench
    .command('plan')
    .description(
      'updates of several recipes on this machine: predicted from its peak and bandwidth, and timed',
    );
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  orrery bench plan                     two minutes, on cores that do nothing else
  orrery bench plan --json > plan.json`,
    )
    .action(async (options: OutputOptions) => {
      const report = await benchPlan(note);
      printResult(options, report, describePlanning(report));
      judge(report.figures);
    });
}

function describePlanning({ threads, runtime, machine, figures }: PlanReport): string {
  const products = machine.products.map(([width, rate]) => `${width}: ${show(rate / 1e9)}`);
  const nodes = machine.nodes.map(
    ([bytes, seconds]) => `${show(bytes / 1e3)}: ${show(bytes / seconds / 1e9)}`,
  );
  const rates = `GFLOP/s of products by width ${products.join(', ')}; GB/s of nodes by kB ${nodes.join(', ')}`;
  return `\n${figureTable(figures)}\n\n${runtime}, ${threads} threads: ${rates}`;
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, bound, holds }) => [
    ...[holds ? (bound === null ? '' : 'ok') : 'MISSED', name, show(value), unit, bound ?? '–'],
  ]);
  return formatTable([['', 'what', 'value', 'unit', 'bound'], ...rows]);
}

function show(value: number | string | null): string {
  if (typeof value !== 'number') return value ?? '–';
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
