/** AWS Batch: multi-node parallel jobs to train, array jobs to generate datasets. */
import {
  enter,
  generateArguments,
  isGeneration,
  isTraining,
  pieceLine,
  runnerLines,
} from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import type { CommandLine, Engine, JobState, Request, SubmitStep } from './engine.ts';

type BatchRequest = Request<'batch'>;

/** Environment variables that Batch sets; the address is missing on the main node itself. */
const rank = {
  head: "${AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS:-$(hostname -I | cut -d' ' -f1)}",
  index: '${AWS_BATCH_JOB_NODE_INDEX:-0}',
};

export const batch: Engine<'batch'> = {
  name: 'batch',

  files(request) {
    const { spec } = request;
    const definitions = isGeneration(spec)
      ? { pieces: pieces(request), assemble: assemble(request) }
      : { train: training(request) };
    return Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [
        `${name}.json`,
        `${JSON.stringify(definition, null, 2)}\n`,
      ]),
    );
  },

  submit(request) {
    const { spec } = request;
    if (!isGeneration(spec)) return steps(request, 'train', () => []);
    // An array has two tasks or more.
    const array = spec.job.pieces > 1 ? ['--array-properties', `size=${spec.job.pieces}`] : [];
    return [
      ...steps(request, 'pieces', () => array),
      ...steps(request, 'assemble', (ids) => ['--depends-on', `jobId=${ids['pieces']}`]),
    ];
  },

  status: ({ spec }, ids) => [
    {
      command: aws(
        spec,
        // The last one that was submitted: it waits for the others.
        ...['batch', 'describe-jobs', '--jobs', Object.values(ids).at(-1)!],
        ...['--query', 'jobs[0].[status,statusReason]', '--output', 'json'],
      ),
      parse: stateOf,
    },
  ],

  logs: ({ spec }) => ({
    command: aws(
      spec,
      'logs',
      'tail',
      '/aws/batch/job',
      '--log-stream-name-prefix',
      spec.name,
      '--since',
      '2w',
    ),
  }),

  stop: ({ spec }, ids) =>
    Object.values(ids).map((id) => aws(spec, 'batch', 'terminate-job', '--job-id', id, '--reason', STOPPED)),
};

const STOPPED = 'stopped by orrery';

function aws(spec: BatchRequest['spec'], ...rest: string[]): CommandLine {
  const { region } = spec.batch;
  return ['aws', ...(region === undefined ? [] : ['--region', region]), ...rest];
}

/** Registers a definition, and submits a job of it. */
function steps(
  { spec, folder }: BatchRequest,
  name: string,
  more: (ids: Readonly<Record<string, string>>) => string[],
): SubmitStep[] {
  const job = `${spec.name}-${name}`;
  return [
    {
      name: `register ${name}`,
      command: () =>
        aws(spec, 'batch', 'register-job-definition', '--cli-input-json', `file://${folder}/${name}.json`),
    },
    {
      name,
      command: (ids) =>
        aws(
          spec,
          ...['batch', 'submit-job', '--job-name', job, '--job-queue', spec.batch.queue],
          ...['--job-definition', job, ...more(ids)],
        ),
      id: (output) => (JSON.parse(output) as { jobId: string }).jobId,
    },
  ];
}

function training(request: BatchRequest): object {
  const { spec, machine } = request;
  if (!isTraining(spec)) return {};
  const type = spec.instanceType ?? machine?.instance.instanceType;
  return {
    jobDefinitionName: `${spec.name}-train`,
    type: 'multinode',
    retryStrategy: { attempts: 3 },
    ...timeout(request),
    nodeProperties: {
      mainNode: 0,
      numNodes: spec.nodes,
      nodeRangeProperties: [
        {
          targetNodes: '0:',
          container: {
            ...container(request, runnerLines(spec, machine, rank)),
            ...(type !== undefined && { instanceType: type }),
          },
        },
      ],
    },
  };
}

function pieces(request: BatchRequest): object {
  const { spec } = request;
  if (!isGeneration(spec)) return {};
  return single(request, 'pieces', [pieceLine(spec, '${AWS_BATCH_JOB_ARRAY_INDEX:-0}')]);
}

function assemble(request: BatchRequest): object {
  const { spec } = request;
  if (!isGeneration(spec)) return {};
  return single(request, 'assemble', [`exec "$@"`], ['orrery', ...generateArguments(spec)]);
}

function single(request: BatchRequest, name: string, lines: string[], words: string[] = []): object {
  return {
    jobDefinitionName: `${request.spec.name}-${name}`,
    type: 'container',
    retryStrategy: { attempts: 3 },
    ...timeout(request),
    containerProperties: container(request, lines, words),
  };
}

function timeout({ spec }: BatchRequest): object {
  return spec.minutes === undefined ? {} : { timeout: { attemptDurationSeconds: spec.minutes * 60 } };
}

/** @param words arguments of the lines */
function container(
  { spec, machine }: BatchRequest,
  lines: readonly string[],
  words: readonly string[] = [],
): object {
  const { batch: own } = spec;
  const trains = isTraining(spec) && machine !== undefined;
  const { vcpus, hostMemory } = trains ? machine.instance : { vcpus: undefined, hostMemory: undefined };
  const gpus = trains && machine.chip.kind === 'nvidia' ? machine.instance.chips : 0;
  // Some is left to the host.
  const memory = hostMemory === undefined ? 4096 * (spec.cpus ?? 1) : Math.floor(hostMemory * 1024 * 0.9);
  return {
    image: own.image,
    command: ['bash', '-c', ['set -euo pipefail', ...enter(spec), ...lines].join('\n'), ...words],
    ...(own.jobRoleArn !== undefined && { jobRoleArn: own.jobRoleArn }),
    environment: isGeneration(spec)
      ? Object.entries(environmentOf(spec, machine)).map(([name, value]) => ({ name, value }))
      : [],
    resourceRequirements: [
      { type: 'VCPU', value: String(vcpus ?? spec.cpus ?? 1) },
      { type: 'MEMORY', value: String(memory) },
      ...(gpus > 0 ? [{ type: 'GPU', value: String(gpus) }] : []),
    ],
    ulimits: [{ name: 'memlock', softLimit: -1, hardLimit: -1 }],
    volumes: [{ name: 'shared', host: { sourcePath: own.mount } }],
    mountPoints: [{ sourceVolume: 'shared', containerPath: own.mount, readOnly: false }],
    ...(trains && {
      // MiB; video in host memory wants more than the default of 64.
      linuxParameters: { sharedMemorySize: 16 * 1024, devices: devices(machine, spec.nodes) },
    }),
  };
}

function devices({ chip, instance }: NonNullable<BatchRequest['machine']>, nodes: number): object[] {
  const neuron = chip.kind === 'neuron' ? instance.chips : 0;
  const efa = nodes > 1 ? (instance.efa ?? 0) : 0;
  const device = (hostPath: string) => ({
    ...{ hostPath, containerPath: hostPath, permissions: ['READ', 'WRITE'] },
  });
  return [
    ...Array.from({ length: neuron }, (_, i) => device(`/dev/neuron${i}`)),
    ...Array.from({ length: efa }, (_, i) => device(`/dev/infiniband/uverbs${i}`)),
  ];
}

function stateOf(output: string): JobState {
  const [status, reason] = (JSON.parse(output || 'null') as [string, string | null] | null) ?? [];
  switch (status) {
    case 'SUBMITTED':
    case 'PENDING':
    case 'RUNNABLE':
      return 'pending';
    case 'STARTING':
    case 'RUNNING':
      return 'running';
    case 'SUCCEEDED':
      return 'succeeded';
    case 'FAILED':
      return reason === STOPPED ? 'stopped' : 'failed';
    default:
      return 'unknown';
  }
}
