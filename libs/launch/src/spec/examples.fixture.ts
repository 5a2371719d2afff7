/** A spec for each engine and kind of job, with the machine that it names. */
import { catalogue, machineOf, type Machine } from '../catalogue/catalogue.ts';
import { runSpecSchema, sharedMount, type EngineName, type RunSpec, type RunSpecInput } from './schema.ts';

export interface Example {
  readonly name: string;
  readonly spec: RunSpec;
  readonly machine: Machine | undefined;
}

const own: Readonly<Record<EngineName, object>> = {
  slurm: { slurm: { partition: 'trn2', account: 'physics' } },
  kubernetes: {
    kubernetes: {
      ...{
        namespace: 'worlds',
        image: 'registry.example/orrery:1',
        queue: 'trn2-queue',
        priority: 'training',
      },
      ...{ serviceAccount: 'runner', volumeClaim: 'fsx', mount: '/fsx' },
    },
  },
  sagemaker: {
    sagemaker: {
      ...{ image: '123456789012.dkr.ecr.us-east-2.amazonaws.com/orrery:1', region: 'us-east-2' },
      ...{ roleArn: 'arn:aws:iam::123456789012:role/training', bucket: 's3://worlds/orrery' },
      ...{ fileSystem: 'fs-0123456789abcdef0', directory: '/abcdefgh' },
      ...{ subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0'] },
    },
  },
  batch: {
    batch: {
      ...{ image: '123456789012.dkr.ecr.us-east-2.amazonaws.com/orrery:1', queue: 'trn2', mount: '/fsx' },
      jobRoleArn: 'arn:aws:iam::123456789012:role/training',
    },
  },
  skypilot: { skypilot: { region: 'us-east-2', bucket: 's3://worlds', mount: '/fsx', setup: 'npm ci' } },
  ray: { ray: { address: 'http://127.0.0.1:8265' } },
};

const mounts: Readonly<Record<EngineName, string>> = {
  ...{
    slurm: '/fsx',
    kubernetes: '/fsx',
    batch: '/fsx',
    skypilot: '/fsx',
    ray: '/fsx',
    sagemaker: sharedMount,
  },
};

export function trainingSpec(
  engine: EngineName,
  target: string,
  nodes: number,
  more: Partial<RunSpecInput> = {},
): RunSpec {
  const shared = mounts[engine];
  return runSpecSchema.parse({
    ...{ name: 'bounce-df', engine, target, nodes, ...own[engine], minutes: 600 },
    cache: `${shared}/cache`,
    job: {
      kind: 'train',
      bundle: `${shared}/bundles/bounce df`,
      data: `${shared}/data/bounce-full`,
      out: `${shared}/runs/bounce-df`,
      steps: 5000,
    },
    ...more,
  });
}

export function generationSpec(engine: EngineName, more: Partial<RunSpecInput> = {}): RunSpec {
  return runSpecSchema.parse({
    ...{ name: 'bounce-full', engine, target: 'cpu', nodes: 8, ...own[engine], cpus: 4 },
    job: {
      ...{ kind: 'generate', dataset: 'bounce', size: 'full', pieces: 64 },
      ...{ out: `${mounts[engine]}/data/bounce-full`, settings: ["sceneConfig.balls=2 it's"] },
    },
    ...more,
  });
}

export function servingSpec(
  engine: EngineName,
  target: string,
  job: object = {},
  more: Partial<RunSpecInput> = {},
): RunSpec {
  const shared = mounts[engine];
  return runSpecSchema.parse({
    ...{ name: 'bounce-df', engine, target, ...own[engine] },
    cache: `${shared}/cache`,
    job: { kind: 'serve', bundle: `${shared}/bundles/bounce df`, replicas: 2, ...job },
    ...more,
  });
}

const train = (engine: EngineName, target: string, nodes: number): Example => ({
  name: `${engine}-train-${target}x${nodes}`,
  spec: trainingSpec(engine, target, nodes),
  machine: machineOf(target, catalogue()),
});
const generate = (engine: EngineName): Example => ({
  ...{ name: `${engine}-generate`, spec: generationSpec(engine), machine: undefined },
});

const serve = (target: string, job: object, more: Partial<RunSpecInput> = {}): Example => ({
  name: `kubernetes-serve-${target}`,
  spec: servingSpec('kubernetes', target, job, more),
  machine: target === 'cpu' ? undefined : machineOf(target, catalogue()),
});

export const examples: readonly Example[] = [
  train('slurm', 'trn2.48xlarge', 4),
  train('slurm', 'p5en.48xlarge', 2),
  {
    name: 'slurm-train-cpu-x2',
    spec: trainingSpec('slurm', 'cpu', 2, { cache: undefined }),
    machine: undefined,
  },
  {
    name: 'slurm-compile-trn1',
    spec: trainingSpec('slurm', 'trn1.32xlarge', 2, {
      slurm: { partition: 'trn1', compilePartition: 'cpu' },
    } as never),
    machine: machineOf('trn1.32xlarge'),
  },
  generate('slurm'),
  train('kubernetes', 'trn2.48xlarge', 4),
  train('kubernetes', 'p5.48xlarge', 2),
  generate('kubernetes'),
  serve('cpu', { replicas: 1, memory: 2, limits: { clips: 16 } }, { cache: undefined, cpus: 4 }),
  serve('trn1.2xlarge', { weights: '/fsx/runs/bounce df', grace: 120 }),
  serve('trn2.48xlarge', { replicas: 16, chips: 4 }),
  serve('trn3-gen2', {}, { instanceType: 'trn3.example', cache: 's3://worlds/cache' }),
  serve('p5.48xlarge', { replicas: 8 }),
  serve('p6-b200.48xlarge', {}),
  train('sagemaker', 'trn1.32xlarge', 2),
  train('sagemaker', 'p5en.48xlarge', 1),
  train('batch', 'trn1.32xlarge', 4),
  train('batch', 'p6-b200.48xlarge', 2),
  generate('batch'),
  train('skypilot', 'trn2.48xlarge', 2),
  train('skypilot', 'g6.12xlarge', 1),
  generate('skypilot'),
  train('ray', 'trn2.48xlarge', 2),
  train('ray', 'g5.48xlarge', 2),
  generate('ray'),
];
