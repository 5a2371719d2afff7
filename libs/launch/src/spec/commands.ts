/** The command lines of a job, as arguments; and as lines of a shell where an engine computes ranks. */
import type { Machine } from '../catalogue/catalogue.ts';
import { environmentOf } from './environment.ts';
import type { RunSpec } from './schema.ts';
import { exports, quote } from './shell.ts';

/** What of a process only the engine knows: expressions of a shell. */
export interface Rank {
  /** Host of process 0. */
  readonly head: string;
  readonly index: string;
  /** How often the job was started again: ports of an earlier start stay closed for a while. 0 unless given. */
  readonly restart?: string;
}

type TrainSpec = RunSpec & { job: { kind: 'train' } };

/** Of engines that have no word for where commands begin. */
export function enter({ workdir }: RunSpec): string[] {
  return workdir === undefined ? [] : [`cd -- ${quote(workdir)}`];
}

/** The runner's arguments, but for where processes meet. */
export function runnerArguments(spec: TrainSpec, machine: Machine | undefined): string[] {
  const { bundle, data, out, steps, checkpointEvery, mesh } = spec.job;
  const axes = Object.entries(mesh).map(([axis, size]) => `${axis}=${size}`);
  return [
    ...[spec.python, `${bundle}/run.py`, bundle, '--data', data, '--out', out],
    ...['--platform', platformOf(machine)],
    ...(axes.length > 0 ? ['--mesh', axes.join(',')] : []),
    ...(steps === undefined ? [] : ['--steps', String(steps)]),
    ...(checkpointEvery === undefined ? [] : ['--checkpoint-every', String(checkpointEvery)]),
    ...cacheArguments(spec),
  ];
}

function platformOf(machine: Machine | undefined): string {
  if (machine === undefined) return 'cpu';
  return machine.chip.kind === 'neuron' ? 'neuron' : 'cuda';
}

function cacheArguments({ cache }: RunSpec): string[] {
  return cache === undefined || cache.startsWith('s3://') ? [] : ['--cache', cache];
}

/** Of a process that must find the others: lines of bash that end by becoming the runner. */
export function runnerLines(spec: TrainSpec, machine: Machine | undefined, rank: Rank): string[] {
  const neuron = machine?.chip.kind === 'neuron';
  const several = spec.nodes > 1;
  const { restart } = rank;
  const port = (first: number) => (restart === undefined ? String(first) : `$((${first} + 2 * ${restart}))`);
  return [
    ...exports(environmentOf(spec, machine)),
    ...(several || neuron ? [`export ORRERY_HEAD="${rank.head}"`, `export ORRERY_RANK="${rank.index}"`] : []),
    ...(neuron
      ? [
          `export NEURON_RT_ROOT_COMM_ID="$ORRERY_HEAD:${port(spec.ports.rootComm)}"`,
          'export NEURON_PJRT_PROCESS_INDEX="$ORRERY_RANK"',
        ]
      : []),
    [
      `exec ${runnerArguments(spec, machine).map(quote).join(' ')}`,
      ...(several
        ? [
            `--coordinator "$ORRERY_HEAD:${port(spec.ports.coordinator)}"`,
            `--processes ${spec.nodes} --process "$ORRERY_RANK"`,
          ]
        : []),
    ].join(' \\\n  '),
  ];
}

/** Compiles on a machine without accelerators what the job will need, into the cache. */
export function compileArguments(spec: TrainSpec, machine: Machine): string[] {
  return [...runnerArguments(spec, machine), '--compile-only', '--target', machine.chip.target!];
}

type GenerateSpec = RunSpec & { job: { kind: 'generate' } };

/** Makes the whole dataset, or completes it from the pieces that are there. */
export function generateArguments(spec: GenerateSpec): string[] {
  const { dataset, size, seed, out, settings } = spec.job;
  return [
    ...[...spec.orrery, 'generate', dataset, '--size', size, '--seed', String(seed), '--out', out],
    ...settings.flatMap((setting) => ['--set', setting]),
    ...(spec.cpus === undefined ? [] : ['--workers', String(spec.cpus)]),
  ];
}

/** @param index of the piece, an expression of a shell */
export function pieceLine(spec: GenerateSpec, index: string): string {
  return `exec ${generateArguments(spec).map(quote).join(' ')} --shard "${index}/${spec.job.pieces}"`;
}

type ServeSpec = RunSpec & { job: { kind: 'serve' } };

/**
 * Lines of bash that end by becoming the server, which other machines reach.
 * @param machine what a replica has of one
 */
export function serverLines(spec: ServeSpec, machine: Machine | undefined): string[] {
  const { bundle, weights, host, port, grace, limits } = spec.job;
  const words = [
    ...[spec.python, `${bundle}/serve.py`, bundle],
    ...(weights === undefined ? [] : ['--weights', weights]),
    ...['--host', host, '--port', String(port), '--platform', platformOf(machine)],
    ...['--grace', String(grace)],
    ...Object.entries(limits).flatMap(([name, most]) => [`--max-${name}`, String(most)]),
    ...cacheArguments(spec),
  ];
  return [...exports(environmentOf(spec, machine)), `exec ${words.map(quote).join(' ')}`];
}

export const isTraining = (spec: RunSpec): spec is TrainSpec => spec.job.kind === 'train';
export const isGeneration = (spec: RunSpec): spec is GenerateSpec => spec.job.kind === 'generate';
export const isServing = <Spec extends RunSpec>(spec: Spec): spec is Spec & ServeSpec =>
  spec.job.kind === 'serve';
export type { GenerateSpec, ServeSpec, TrainSpec };
