/** SageMaker training jobs: a container of one's own, an FSx for Lustre that all machines see. */
import { enter, isTraining, runnerLines } from '../spec/commands.ts';
import { sharedMount } from '../spec/schema.ts';
import type { CommandLine, Engine, JobState, Request } from './engine.ts';

type SageMakerRequest = Request<'sagemaker'>;

const DAY = 24 * 3600;

export const sagemaker: Engine<'sagemaker'> = {
  name: 'sagemaker',
  fetchesWhole: true,

  files(request): Readonly<Record<string, string>> {
    const { spec, machine } = request;
    if (!isTraining(spec)) return {};
    const rank = { head: '$head', index: '$index' };
    return {
      'train.sh': [
        '#!/bin/bash',
        'set -euo pipefail',
        '',
        ...enter(spec),
        '# Who takes part is in a file; the first by name is process 0.',
        `read -r head index < <(python3 -c '${whoAmI}')`,
        ...runnerLines(spec, machine, rank),
        '',
      ].join('\n'),
      'create-training-job.json': `${JSON.stringify(trainingJob(request), null, 2)}\n`,
    };
  },

  submit: ({ spec, folder }) => [
    {
      name: 'script',
      command: () => aws(spec, 's3', 'cp', `${folder}/train.sh`, `${launchPrefix(spec)}/train.sh`),
    },
    {
      name: 'train',
      command: () =>
        aws(
          spec,
          'sagemaker',
          'create-training-job',
          '--cli-input-json',
          `file://${folder}/create-training-job.json`,
        ),
      // "arn:aws:sagemaker:us-east-1:123456789012:training-job/name"
      id: (output) => (JSON.parse(output) as { TrainingJobArn: string }).TrainingJobArn.split('/').at(-1)!,
    },
  ],

  status: ({ spec }, { train }) => [
    {
      command: aws(
        spec,
        ...['sagemaker', 'describe-training-job', '--training-job-name', train],
        ...['--query', 'TrainingJobStatus', '--output', 'text'],
      ),
      parse: (output) => states[output.trim()] ?? 'unknown',
    },
  ],

  logs: ({ spec }, { train }) => ({
    command: aws(
      spec,
      ...['logs', 'tail', '/aws/sagemaker/TrainingJobs', '--log-stream-name-prefix', train],
      ...['--since', '2w'],
    ),
  }),

  stop: ({ spec }, { train }) => [aws(spec, 'sagemaker', 'stop-training-job', '--training-job-name', train)],

  // A data repository association imports the bucket into the file system, and exports what is written there.
  upload: ({ spec }, folders) =>
    folders.map(({ from, to }) => aws(spec, 's3', 'sync', from, inBucket(spec, to))),
  fetch: ({ spec }, out, to) => [aws(spec, 's3', 'sync', inBucket(spec, out), to)],
};

const whoAmI = [
  'import json',
  'c = json.load(open("/opt/ml/input/config/resourceconfig.json"))',
  'h = sorted(c["hosts"])',
  'print(h[0], h.index(c["current_host"]))',
].join('; ');

const states: Readonly<Record<string, JobState>> = {
  ...{
    InProgress: 'running',
    Completed: 'succeeded',
    Failed: 'failed',
    Stopping: 'running',
    Stopped: 'stopped',
  },
};

function aws(spec: SageMakerRequest['spec'], ...rest: string[]): CommandLine {
  const { region } = spec.sagemaker;
  return ['aws', ...(region === undefined ? [] : ['--region', region]), ...rest];
}

function launchPrefix(spec: SageMakerRequest['spec']): string {
  return `${spec.sagemaker.bucket.replace(/\/$/, '')}/launch/${spec.name}`;
}

/** Of a path of the file system, which `validate` holds to its mount. */
function inBucket({ sagemaker: { bucket } }: SageMakerRequest['spec'], path: string): string {
  return `${bucket.replace(/\/$/, '')}${path.slice(sharedMount.length)}`;
}

/** The request of CreateTrainingJob. */
function trainingJob({ spec, machine }: SageMakerRequest): object {
  const { sagemaker: own } = spec;
  const instanceType = spec.instanceType ?? machine?.instance.instanceType;
  return {
    TrainingJobName: spec.name,
    RoleArn: own.roleArn,
    AlgorithmSpecification: {
      TrainingImage: own.image,
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['bash', '/opt/ml/input/data/launch/train.sh'],
      MetricDefinitions: [{ Name: 'loss', Regex: '"event": ?"step".*?"loss": ?([-+0-9.eE]+)' }],
    },
    InputDataConfig: [
      {
        ChannelName: 'launch',
        DataSource: {
          S3DataSource: {
            ...{
              S3DataType: 'S3Prefix',
              S3Uri: launchPrefix(spec),
              S3DataDistributionType: 'FullyReplicated',
            },
          },
        },
      },
      {
        ChannelName: 'shared',
        DataSource: {
          FileSystemDataSource: {
            ...{ FileSystemId: own.fileSystem, FileSystemType: 'FSxLustre', FileSystemAccessMode: 'rw' },
            DirectoryPath: own.directory,
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: `${own.bucket.replace(/\/$/, '')}/output` },
    ResourceConfig: {
      InstanceType: `ml.${instanceType?.replace(/^ml\./, '')}`,
      InstanceCount: spec.nodes,
      VolumeSizeInGB: own.volume,
      ...(own.trainingPlan !== undefined && { TrainingPlanArn: own.trainingPlan }),
    },
    VpcConfig: { SecurityGroupIds: own.securityGroups, Subnets: own.subnets },
    StoppingCondition: { MaxRuntimeInSeconds: spec.minutes === undefined ? 5 * DAY : spec.minutes * 60 },
    // EFA does not go through it.
    EnableInterContainerTrafficEncryption: false,
    RetryStrategy: { MaximumRetryAttempts: 3 },
  };
}
