import { describe, expect, test } from 'vitest';
import { machineOf } from '../catalogue/catalogue.ts';
import { examples, generationSpec, servingSpec, trainingSpec } from './examples.fixture.ts';
import { runSpecSchema, type RunSpecInput } from './schema.ts';
import { validate } from './validate.ts';

const check = (
  target: string,
  nodes: number,
  more: object = {},
  engine: 'slurm' | 'kubernetes' | 'batch' | 'skypilot' | 'ray' = 'slurm',
) =>
  validate(
    trainingSpec(engine, target, nodes, more as Partial<RunSpecInput>),
    target === 'cpu' ? undefined : machineOf(target),
  ).map(({ rule, severity, message }) => `${severity} ${rule}: ${message}`);

const env = (environment: Record<string, string>) => ({ environment });

describe('refused', () => {
  test.each([
    [
      'one port for two',
      'trn2.48xlarge',
      2,
      { ports: { rootComm: 41001 } },
      /ports 41001: .*a port of its own/,
    ],
    ['two cores as one on trn1', 'trn1.32xlarge', 2, { logicalCores: 2 }, /logicalCores 2: .* trn1 .*: 1/],
    [
      'TF32 without tensor cores of NVIDIA',
      ...(['trn2.48xlarge', 1] as const),
      { job: { kind: 'train', bundle: '/fsx/b', data: '/fsx/d', out: '/fsx/o', precision: 'tf32' } },
      /precision tf32: NVIDIA’s tensor cores make it of f32; choose f32 or bf16/,
    ],
    ['a GPU halved', 'p5.48xlarge', 1, { logicalCores: 2 }, /logicalCores 2: a GPU is one device/],
    ['LNC said twice', 'trn2.48xlarge', 1, env({ NEURON_LOGICAL_NC_CONFIG: '1' }), /compiled for 2/],
    [
      'a mesh of other devices',
      ...(['trn2.48xlarge', 2] as const),
      {
        job: { kind: 'train', bundle: '/fsx/b', data: '/fsx/d', out: '/fsx/o', mesh: { data: 8, tensor: 4 } },
      },
      /mesh of 32: there are 2 x 64 = 128 devices/,
    ],
    [
      'counts that are not those of the machines',
      ...(['trn2.48xlarge', 2] as const),
      env({ NEURON_PJRT_PROCESSES_NUM_DEVICES: '64' }),
      /needs 64 for each of 2 processes/,
    ],
    [
      'a device a process',
      'trn2.48xlarge',
      2,
      env({ NEURON_PJRT_WORLD_SIZE: '128' }),
      /one device a process/,
    ],
    [
      'flags of a GPU for Neuron',
      'trn2.48xlarge',
      1,
      env({ XLA_FLAGS: '--xla_gpu_autotune_level=2' }),
      /aborts/,
    ],
    ['flags of a TPU for a GPU', 'p5.48xlarge', 1, env({ XLA_FLAGS: '--xla_tpu_x=1' }), /--xla_tpu_x=1/],
    [
      'a compiler for another chip',
      'trn2.48xlarge',
      1,
      env({ NEURON_CC_FLAGS: '--target=trn1 --lnc=2' }),
      /--target=trn2/,
    ],
    [
      'a compiler for other cores',
      'trn2.48xlarge',
      1,
      env({ NEURON_CC_FLAGS: '--target=trn2 --lnc=1' }),
      /--lnc=2/,
    ],
    ['machines that cannot talk', 'trn1.2xlarge', 2, {}, /no EFA, which 2 machines/],
    [
      'a removed variable',
      'trn2.48xlarge',
      1,
      env({ NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS: '7' }),
      /2\.31 removed it/,
    ],
    ['a cache on S3 for a GPU', 'p5.48xlarge', 1, { cache: 's3://worlds/cache' }, /only Neuron/],
    [
      'compiling elsewhere for a GPU',
      'p5.48xlarge',
      1,
      { slurm: { compilePartition: 'cpu' } },
      /without the device/,
    ],
    [
      'compiling elsewhere into nothing',
      ...(['trn2.48xlarge', 1] as const),
      { slurm: { compilePartition: 'cpu' }, cache: undefined },
      /"cache", which is not given/,
    ],
  ])('%s', (_, target, nodes, more, message) => {
    const found = check(target, nodes, more);
    expect(found.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(message) as string,
    ]);
  });

  test('an engine that wants EC2’s name of a machine that has none in public', () => {
    expect(check('trn3-gen1', 2, {}, 'kubernetes')).toContainEqual(
      expect.stringMatching(/error instance-type: target trn3-gen1: .*--instance-type/),
    );
    expect(check('trn3-gen1', 2, { instanceType: 'trn3.example' }, 'kubernetes').join()).not.toContain(
      'error',
    );
    expect(check('trn3-gen1', 2, {}, 'slurm').join()).not.toContain('error');
  });

  test('paths outside what the machines share', () => {
    const spec = trainingSpec('kubernetes', 'trn2.48xlarge', 2, {
      minutes: undefined,
      job: { kind: 'train', bundle: '/home/me/bundle', data: '/fsx/data', out: '/fsx' },
    } as Partial<RunSpecInput>);
    expect(validate(spec, machineOf('trn2.48xlarge')).map(({ message }) => message)).toEqual([
      'path /home/me/bundle: the machines share only /fsx; put it there',
    ]);
  });

  test('paths that lead out of what the machines share', () => {
    const spec = trainingSpec('skypilot', 'trn2.48xlarge', 1, {
      job: { kind: 'train', bundle: '/fsx/../etc', data: '/fsx/a..b', out: '../fsx' },
    } as Partial<RunSpecInput>);
    const errors = validate(spec, machineOf('trn2.48xlarge')).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      'path /fsx/../etc: the machines share only /fsx; put it there',
      'path ../fsx: the machines share only /fsx; put it there',
    ]);
  });

  test('SageMaker without the VPC that its file system is in, also for one machine', () => {
    const { sagemaker } = trainingSpec('sagemaker', 'trn1.32xlarge', 1) as { sagemaker: object };
    const spec = trainingSpec('sagemaker', 'trn1.32xlarge', 1, {
      sagemaker: { ...sagemaker, subnets: [] },
    } as Partial<RunSpecInput>);
    expect(validate(spec, machineOf('trn1.32xlarge')).map(({ message }) => message)).toEqual([
      'engine sagemaker: the file system, and EFA, are in your VPC; give its "subnets" and "securityGroups"',
    ]);
  });

  test('arrays on SageMaker, which has none', () => {
    expect(validate(generationSpec('sagemaker' as 'slurm'), undefined).map(({ rule }) => rule)).toContain(
      'engine',
    );
  });
});

describe('warned of', () => {
  test.each([
    [
      'a new name',
      'trn2.48xlarge',
      1,
      env({ NEURON_RT_VIRTUAL_CORE_SIZE: '2' }),
      /NEURON_LOGICAL_NC_CONFIG now/,
    ],
    ['cores chosen twice', 'trn2.48xlarge', 1, env({ NEURON_RT_VISIBLE_CORES: '0-3' }), /overrules/],
    ['old kernels', 'p5.48xlarge', 2, env({ FI_EFA_FORK_SAFE: '1' }), /before 5\.15/],
    ['NCCL’s own choices', 'p5.48xlarge', 2, env({ NCCL_PROTO: 'simple' }), /choose better/],
    ['TCP between GPUs', 'g6.xlarge', 2, {}, /talk through TCP/],
    ['a fabric that nobody tells', 'trn3-gen2', 2, {}, /how many EFA devices/],
    [
      'defaults that changed',
      ...(['trn2.48xlarge', 1] as const),
      env({ NEURON_CC_FLAGS: '--target=trn2 --lnc=2 --native-int64=disabled' }),
      /--implicit-integer-downcast=none/,
    ],
  ])('%s', (_, target, nodes, more, message) => {
    expect(check(target, nodes, more)).toEqual([expect.stringMatching(message) as string]);
    expect(check(target, nodes, more)[0]).toMatch(/^warning/);
  });

  test.each(['kubernetes', 'skypilot', 'ray'] as const)('a limit that %s is not told', (engine) => {
    expect(check('p5.48xlarge', 1, {}, engine)).toEqual([
      `warning minutes: minutes 600: engine ${engine} is not told, and ends nothing by itself; use "orrery stop"`,
    ]);
  });

  test('Batch, which leaves little time to write a checkpoint', () => {
    expect(check('trn1.32xlarge', 2, {}, 'batch')).toEqual([
      expect.stringMatching(/^warning grace: engine batch: .* 30 s.*ECS_CONTAINER_STOP_TIMEOUT/) as string,
    ]);
  });

  test('Ray’s missing variable', () => {
    expect(check('trn2.48xlarge', 2, { minutes: undefined }, 'ray')).toEqual([
      expect.stringMatching(/65070/) as string,
    ]);
  });
});

describe('specs', () => {
  test.each([
    [{ name: 'Bounce' }, 'name'],
    [{ name: 'a'.repeat(41) }, 'name'],
    [{ nodes: 0 }, 'nodes'],
    [{ ports: { rootComm: 80 } }, 'ports.rootComm'],
    [{ environment: { 'A B': 'x' } }, 'environment.A B'],
    [{ slurm: { partition: 'a; rm' } }, 'slurm.partition'],
    [{ workdir: '/tmp/\n#SBATCH --wrap' }, 'workdir'],
    [{ colour: 'red' }, ''],
  ])('%j is refused at %s', (more, path) => {
    const { spec } = examples[0];
    const result = runSpecSchema.safeParse({ ...spec, ...more });
    expect(result.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  test('each example is what its JSON reads as', () => {
    for (const { spec } of examples)
      expect(runSpecSchema.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });
});

describe('a service', () => {
  const found = (
    engine: 'slurm' | 'kubernetes' | 'ray',
    target: string,
    job: object = {},
    more: object = {},
  ) =>
    validate(servingSpec(engine, target, job, more), target === 'cpu' ? undefined : machineOf(target)).map(
      ({ rule, severity, message }) => `${severity} ${rule}: ${message}`,
    );

  test.each<[string, Parameters<typeof found>, RegExp]>([
    [
      'of Slurm',
      ['slurm', 'cpu'],
      /^error engine: engine slurm: its jobs end, and a service lasts; serve with kubernetes/,
    ],
    [
      'of Ray',
      ['ray', 'cpu'],
      /^error engine: engine ray: services of it are not written; serve with kubernetes/,
    ],
    [
      'on two machines',
      ['kubernetes', 'cpu', {}, { nodes: 2 }],
      /^error nodes: nodes 2: a replica is on one machine/,
    ],
    [
      'of more chips than there are',
      ['kubernetes', 'p5.48xlarge', { chips: 9 }],
      /^error chips: job.chips 9: target p5.48xlarge has 8/,
    ],
    [
      'from elsewhere',
      ['kubernetes', 'cpu', { weights: '/home/me/run' }],
      /^error paths: path \/home\/me\/run: the machines share only \/fsx/,
    ],
    [
      'that caches where nothing is',
      ['kubernetes', 'cpu', {}, { cache: '/var/cache' }],
      /^error paths: path \/var\/cache/,
    ],
    [
      'that caches everywhere',
      ['kubernetes', 'cpu', {}, { cache: '/fsx' }],
      /^error cache: cache \/fsx: it is the whole volume/,
    ],
    [
      'whose weights are no weights',
      ['kubernetes', 'cpu', { weights: '/fsx/bundles/bounce df' }],
      /^error weights: .*it is the bundle/,
    ],
    [
      'with other counts',
      ['kubernetes', 'trn2.48xlarge', {}, env({ NEURON_PJRT_PROCESSES_NUM_DEVICES: '64' })],
      /^error process-counts: .*needs 4 for each of 1 processes/,
    ],
    [
      'that compiles at each start',
      ['kubernetes', 'trn2.48xlarge', {}, { cache: undefined }],
      /^warning cache: .*compiles anew at each start/,
    ],
  ])('%s', (_, given, message) => {
    expect(found(...given)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  test('of a part of a machine is none of these', () => {
    expect(found('kubernetes', 'trn2.48xlarge', { chips: 2 })).toEqual([]);
  });
});
