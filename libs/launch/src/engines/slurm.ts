/** Slurm: on AWS ParallelCluster, on SageMaker HyperPod, or anywhere else. */
import {
  compileArguments,
  isGeneration,
  isTraining,
  pieceLine,
  generateArguments,
  runnerLines,
} from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import type { SpecOf } from '../spec/schema.ts';
import { exports, quote } from '../spec/shell.ts';
import type { CommandLine, Engine, JobState, Request, SubmitStep } from './engine.ts';

type SlurmRequest = Request<'slurm'>;

/** Seconds before its end in which a job may save itself. */
const GRACE = 120;

export const slurm: Engine<'slurm'> = {
  name: 'slurm',

  files(request): Readonly<Record<string, string>> {
    const { spec, machine, folder } = request;
    if (isGeneration(spec)) {
      return {
        'pieces.sbatch': script(
          options(spec, [`--array=0-${spec.job.pieces - 1}`, '--ntasks=1', ...cpus(spec)]),
          [pieceLine(spec, '$SLURM_ARRAY_TASK_ID')],
        ),
        'assemble.sbatch': script(options(spec, ['--ntasks=1', ...cpus(spec)]), [
          `exec ${generateArguments(spec).map(quote).join(' ')}`,
        ]),
      };
    }
    if (!isTraining(spec)) return {};
    const gpus = machine?.chip.kind === 'nvidia' && !spec.slurm.exclusive;
    const own = [
      ...[`--nodes=${spec.nodes}`, '--ntasks-per-node=1', '--requeue', ...cpus(spec)],
      ...(spec.slurm.exclusive ? ['--exclusive'] : []),
      ...(gpus ? [`--gpus-per-node=${machine.instance.chips}`] : []),
      ...(spec.minutes === undefined ? [] : [`--signal=TERM@${GRACE}`]),
    ];
    const rank = {
      head: '$ORRERY_HEAD_ADDRESS',
      index: '$SLURM_PROCID',
      restart: '${SLURM_RESTART_COUNT:-0}',
    };
    return {
      'process.sh': script([], runnerLines(spec, machine, rank)),
      'train.sbatch': script(options(spec, own), [
        '# The address, not the name: names of nodes need not resolve.',
        'first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
        'export ORRERY_HEAD_ADDRESS=$(scontrol show node "$first" | sed -n \'s/.*NodeAddr=\\([^ ]*\\).*/\\1/p\')',
        '# HyperPod replaces a broken machine and starts the step again.',
        'resume=()',
        'if [ -d /opt/sagemaker_cluster ]; then resume=(--auto-resume=1); fi',
        // bash before 4.4 (Amazon Linux 2) takes an empty array for an unset variable.
        `exec srun \${resume[@]+"\${resume[@]}"} --kill-on-bad-exit=1 --label bash ${quote(`${folder}/process.sh`)}`,
      ]),
      ...(spec.slurm.compilePartition !== undefined &&
        machine && {
          'compile.sbatch': script(options(spec, ['--ntasks=1'], spec.slurm.compilePartition), [
            ...exports(environmentOf(spec, machine)),
            `exec ${compileArguments(spec, machine).map(quote).join(' ')}`,
          ]),
        }),
    };
  },

  submit(request) {
    const { spec } = request;
    if (isGeneration(spec)) {
      return [
        step(request, 'pieces', () => [], '%A_%a'),
        step(request, 'assemble', (ids) => after(ids['pieces'])),
      ];
    }
    const compiles = spec.slurm.compilePartition !== undefined;
    return [
      ...(compiles ? [step(request, 'compile', () => [])] : []),
      step(request, 'train', (ids) => (compiles ? after(ids['compile']) : [])),
    ];
  },

  status(_, ids) {
    // The last one that was submitted: it waits for the others.
    const id = Object.values(ids).at(-1)!;
    return [
      { command: ['squeue', '--noheader', `--jobs=${id}`, '--format=%T'], parse: worst },
      {
        command: ['scontrol', '--oneliner', 'show', 'job', id],
        parse: (output) =>
          // Slurm calls it cancelled, but what it waited for has failed.
          output.includes('Reason=DependencyNeverSatisfied') && !output.includes('JobState=PENDING')
            ? 'failed'
            : worst([...output.matchAll(/JobState=(\w+)/g)].map(([, state]) => state).join('\n')),
      },
      {
        command: ['sacct', '--noheader', '--allocations', '--parsable2', `--jobs=${id}`, '--format=State'],
        parse: worst,
      },
    ];
  },

  logs: () => ({ files: /^(compile|pieces|assemble|train)-[\d_]+\.log$/ }),

  stop: (_, ids) => Object.values(ids).map((id): CommandLine => ['scancel', id]),
};

/** Where that one fails, this one ends too: it would wait for ever. */
function after(id: string): string[] {
  return [`--dependency=afterok:${id}`, '--kill-on-invalid-dep=yes'];
}

function step(
  { spec, folder }: SlurmRequest,
  name: string,
  more: (ids: Readonly<Record<string, string>>) => string[],
  log = '%j',
): SubmitStep {
  return {
    name,
    command: (ids) => [
      ...([
        'sbatch',
        '--parsable',
        `--output=${folder.replaceAll('%', '%%')}/${name}-${log}.log`,
        '--open-mode=append',
      ] as const),
      ...(spec.workdir === undefined ? [] : [`--chdir=${spec.workdir}`]),
      ...more(ids),
      `${folder}/${name}.sbatch`,
    ],
    // "123", or "123;cluster"
    id: (output) => output.trim().split(';')[0],
  };
}

function cpus({ cpus: count }: SpecOf<'slurm'>): string[] {
  return count === undefined ? [] : [`--cpus-per-task=${count}`];
}

function options(spec: SpecOf<'slurm'>, own: readonly string[], partition = spec.slurm.partition): string[] {
  const { account, qos, reservation } = spec.slurm;
  return [
    ...[`--job-name=${spec.name}`, ...own],
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
    ...(reservation === undefined ? [] : [`--reservation=${reservation}`]),
    ...(spec.minutes === undefined ? [] : [`--time=${spec.minutes}`]),
  ];
}

function script(directives: readonly string[], lines: readonly string[]): string {
  const head = ['#!/bin/bash', ...directives.map((directive) => `#SBATCH ${directive}`)];
  return [...head, 'set -euo pipefail', '', ...lines, ''].join('\n');
}

const states: Readonly<Record<string, JobState>> = {
  ...{ PENDING: 'pending', CONFIGURING: 'pending', REQUEUED: 'pending', SUSPENDED: 'pending' },
  ...{ RUNNING: 'running', COMPLETING: 'running', SIGNALING: 'running', STAGE_OUT: 'running' },
  ...{ COMPLETED: 'succeeded', CANCELLED: 'stopped', PREEMPTED: 'stopped' },
  ...{
    FAILED: 'failed',
    TIMEOUT: 'failed',
    NODE_FAIL: 'failed',
    OUT_OF_MEMORY: 'failed',
    BOOT_FAIL: 'failed',
  },
  ...{ DEADLINE: 'failed', LAUNCH_FAILED: 'failed', RECONFIG_FAIL: 'failed' },
};

/** Of several lines, one a task of an array. "CANCELLED by 0" is one state. */
function worst(output: string): JobState {
  const found = output
    .split('\n')
    .filter(Boolean)
    .map((line) => states[line.trim().split(/[ +]/)[0]] ?? 'unknown');
  const order: readonly JobState[] = ['running', 'pending', 'failed', 'stopped', 'unknown', 'succeeded'];
  return order.find((state) => found.includes(state)) ?? 'unknown';
}
