/** `orrery bench`: what Orrery promises, measured on this machine, beside what others reach. */
import type { Command } from 'commander';
import { benchPhysics, caseNames, type PhysicsReport } from '../benchmarks/physics/index.ts';
import { unknown, UsageError } from '../errors.ts';
import { judge, note, printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { formatTable } from '../table.ts';

export function addBench(program: Command): void {
  const bench = program
    .command('bench')
    .description('measure what must hold, beside other software; exits with 1 where a bound is missed');
  for (const add of [addPhysics]) add(bench);
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

function show(value: number | string | null): string {
  if (typeof value !== 'number') return value ?? '–';
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
