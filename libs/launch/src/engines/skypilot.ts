/** SkyPilot: managed jobs, which it starts again where a spot machine is taken away. */
import { stringify } from 'yaml';
import { enter, generateArguments, isGeneration, isTraining, runnerLines } from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import { quote } from '../spec/shell.ts';
import type { CommandLine, Engine, JobState, Request } from './engine.ts';

type SkyRequest = Request<'skypilot'>;

export const skypilot: Engine<'skypilot'> = {
  name: 'skypilot',
  fetchesWhole: true,

  files(request) {
    const { spec } = request;
    return { 'task.yaml': stringify(task(request), { lineWidth: 0, aliasDuplicateObjects: false }) };
    function task({ machine }: SkyRequest): object {
      const { skypilot: own } = spec;
      return {
        name: spec.name,
        num_nodes: spec.nodes,
        resources: {
          infra: own.region === undefined ? 'aws' : `aws/${own.region}`,
          // By machine: the catalogue has no accelerator name for trn2.
          ...(machine &&
            isTraining(spec) && { instance_type: spec.instanceType ?? machine.instance.instanceType }),
          ...(isGeneration(spec) && spec.cpus !== undefined && { cpus: `${spec.cpus}+` }),
          use_spot: own.spot,
        },
        file_mounts: {
          [own.mount]: {
            source: own.bucket,
            // A bucket mounted as it is takes no line at the end of a file, as metrics are.
            mode: 'MOUNT_CACHED',
            // One after the other: what says that others are there is not there before them.
            config: { mount_cached: { transfers: 1 } },
          },
        },
        envs: isGeneration(spec) ? environmentOf(spec, machine) : {},
        ...(own.setup !== undefined && { setup: own.setup }),
        run: ['set -euo pipefail', ...enter(spec), ...lines(request), ''].join('\n'),
      };
    }
  },

  submit: ({ spec, folder }) => [
    {
      name: 'job',
      command: () => [
        'sky',
        'jobs',
        'launch',
        '--yes',
        '--detach-run',
        '--name',
        spec.name,
        `${folder}/task.yaml`,
      ],
      id: () => spec.name,
    },
  ],

  status: (_, { job }) => [
    {
      command: ['sky', 'jobs', 'queue', '--output', 'json', '--all'],
      parse: (output) => stateOf(output, job),
    },
  ],

  logs: (_, { job }) => ({ command: ['sky', 'jobs', 'logs', '--no-follow', '--name', job] }),

  stop: (_, { job }): readonly CommandLine[] => [['sky', 'jobs', 'cancel', '--yes', '--name', job]],

  upload: ({ spec }, folders) =>
    folders.map(({ from, to }): CommandLine => ['aws', 's3', 'sync', from, inBucket(spec, to)]),
  fetch: ({ spec }, out, to) => [['aws', 's3', 'sync', inBucket(spec, out), to]],
};

/** Of a path below the mount, to which `validate` holds it. */
function inBucket({ skypilot: { bucket, mount } }: SkyRequest['spec'], path: string): string {
  return `${bucket}${path.slice(mount.length)}`;
}

function lines({ spec, machine }: SkyRequest): string[] {
  if (isTraining(spec)) {
    const rank = { head: '$(head -n 1 <<< "$SKYPILOT_NODE_IPS")', index: '$SKYPILOT_NODE_RANK' };
    return runnerLines(spec, machine, rank);
  }
  if (!isGeneration(spec)) return [];
  const { pieces } = spec.job;
  const whole = generateArguments(spec).map(quote).join(' ');
  const piece = `${whole} --shard "$piece/${pieces}"`;
  // There are no arrays: each machine makes every n-th piece; machine 0 waits for the others and completes the whole.
  return [
    `for ((piece = SKYPILOT_NODE_RANK; piece < ${pieces}; piece += ${spec.nodes})); do ${piece}; done`,
    '# Of this job alone, also when it starts again: marks of another say nothing.',
    `done_at=${quote(`${spec.job.out}.done-`)}"\${SKYPILOT_TASK_ID:?}-"`,
    'touch "$done_at$SKYPILOT_NODE_RANK"',
    `if [ "$SKYPILOT_NODE_RANK" = 0 ]; then`,
    `  for ((node = 0; node < ${spec.nodes}; node++)); do until [ -e "$done_at$node" ]; do sleep 10; done; done`,
    `  ${whole}`,
    '  rm -f "$done_at"*',
    'fi',
  ];
}

const states: Readonly<Record<string, JobState>> = {
  ...{ PENDING: 'pending', SUBMITTED: 'pending', STARTING: 'pending' },
  ...{ RUNNING: 'running', RECOVERING: 'running', CANCELLING: 'running', WINDING_DOWN: 'running' },
  ...{ SUCCEEDED: 'succeeded', CANCELLED: 'stopped' },
};

function stateOf(output: string, name: string): JobState {
  const parsed = JSON.parse(output || '[]') as unknown;
  const rows = (Array.isArray(parsed) ? parsed : []) as {
    job_name?: string;
    name?: string;
    job_id?: number;
    status?: string;
  }[];
  // A name may be used again: the newest counts.
  const row = rows
    .filter((one) => (one.job_name ?? one.name) === name)
    .sort((a, b) => (b.job_id ?? 0) - (a.job_id ?? 0))[0];
  if (row?.status === undefined) return 'unknown';
  const status = row.status.replace(/^.*\./, '');
  return states[status] ?? (status.startsWith('FAILED') ? 'failed' : 'unknown');
}
