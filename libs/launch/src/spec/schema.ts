/** What is to run, on which machines, through which engine: all that the files of an engine are made from. */
import { precisions } from '@orrery/graph';
import { z } from 'zod';

/** A label of DNS that leaves room for what engines append. */
const nameSchema = z
  .string()
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'use lower-case letters, digits and "-", beginning with a letter')
  .max(40, 'use 40 characters or less: engines append to it');
const pathSchema = z
  .string()
  .min(1)
  // eslint-disable-next-line no-control-regex -- these end lines and strings in every format that is written
  .regex(/^[^\u0000-\u001f]+$/, 'a path has no control characters');
const variableSchema = z.string().regex(/^[A-Za-z_]\w*$/, 'name a variable of the environment');
const wordSchema = z.string().regex(/^[\w@%+=:,./-]+$/, 'use letters, digits and @%+=:,./_-');
const port = z.int().min(1024).max(65535);

/** Axes of the devices of all processes. */
export const meshSchema = z.strictObject({
  data: z.int().positive().optional(),
  fsdp: z.int().positive().optional(),
  sequence: z.int().positive().optional(),
  tensor: z.int().positive().optional(),
});
export type Mesh = z.infer<typeof meshSchema>;

const trainSchema = z.strictObject({
  kind: z.literal('train'),
  /** A bundle, as `orrery export --format stablehlo` writes it; on a file system that all machines see. */
  bundle: pathSchema,
  /** The dataset's folder. */
  data: pathSchema,
  /** The run folder, shared by all machines. */
  out: pathSchema,
  /** Stop after this update; those of the recipe unless given. */
  steps: z.int().positive().optional(),
  checkpointEvery: z.int().positive().optional(),
  mesh: meshSchema.default({}),
  /** Of the bundle's matrix products. */
  precision: z.enum(precisions).default('f32'),
});

const generateSchema = z.strictObject({
  kind: z.literal('generate'),
  dataset: wordSchema,
  size: wordSchema.default('small'),
  seed: z.int().min(0).default(0),
  /** The dataset's folder, shared by all machines. */
  out: pathSchema,
  /** Pieces, each a task of its own. */
  pieces: z.int().positive().max(10_000),
  /** Each "key=value", as `--set` takes it. */
  settings: z.array(z.string()).default([]),
});

const serveSchema = z.strictObject({
  kind: z.literal('serve'),
  /** A bundle; on a file system that all machines see. */
  bundle: pathSchema,
  /** A run folder or a safetensors file there; the bundle's own weights unless given. */
  weights: pathSchema.optional(),
  /** Servers, each with a copy of the model on each of its devices. */
  replicas: z.int().positive().max(1000).default(1),
  /** Of a replica, on targets that have them. */
  chips: z.int().positive().default(1),
  /** GiB of a replica, asked for and not exceeded; nothing is said unless given. */
  memory: z.number().positive().optional(),
  /** All addresses of a replica: `::` on clusters of IPv6. */
  host: z.enum(['0.0.0.0', '::']).default('0.0.0.0'),
  port: port.default(8000),
  /** Seconds that open requests have once a replica is to end. */
  grace: z.int().min(0).max(3600).default(60),
  /** Of a request; those of the server unless given. */
  limits: z
    .strictObject({
      clips: z.int().positive().optional(),
      steps: z.int().positive().optional(),
      bytes: z.int().positive().optional(),
      /** Open at once, of a replica. */
      requests: z.int().positive().optional(),
    })
    .default({}),
});

export const engineNames = ['slurm', 'kubernetes', 'sagemaker', 'batch', 'skypilot', 'ray'] as const;
export type EngineName = (typeof engineNames)[number];

const slurmSchema = z.strictObject({
  partition: wordSchema.optional(),
  account: wordSchema.optional(),
  qos: wordSchema.optional(),
  reservation: wordSchema.optional(),
  /** No other job on the machine; accelerators are shared by nobody. */
  exclusive: z.boolean().default(true),
  /** Of a cluster of CPUs: compiles first, and training waits for it. Neuron only. */
  compilePartition: wordSchema.optional(),
});
const kubernetesSchema = z.strictObject({
  namespace: nameSchema.default('default'),
  /** With the command line and, for training, the runner's requirements. */
  image: wordSchema,
  /** A LocalQueue of Kueue. */
  queue: nameSchema.optional(),
  priority: nameSchema.optional(),
  serviceAccount: nameSchema.optional(),
  /** A PersistentVolumeClaim that many may write, and where it is mounted. */
  volumeClaim: nameSchema,
  mount: pathSchema.default('/shared'),
  restarts: z.int().min(0).default(3),
  /** Who a server runs as: must be able to read the bundle and to write the cache. */
  user: z.int().min(0).default(1000),
});
const sagemakerSchema = z.strictObject({
  image: wordSchema,
  roleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'give the ARN of a role'),
  region: wordSchema.optional(),
  /** s3://bucket/prefix: where what it is told and what it leaves behind lie. */
  bucket: z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+(\/[\w./-]*)?$/, 'give an s3:// address'),
  /** FSx for Lustre, which all machines see at `sharedMount`: bundle, data and run lie there. */
  fileSystem: z.string().regex(/^fs-[0-9a-f]+$/, 'give the id of a file system, "fs-..."'),
  /** Folder of the file system that is mounted, such as "/fsx". */
  directory: pathSchema,
  subnets: z.array(wordSchema).default([]),
  securityGroups: z.array(wordSchema).default([]),
  /** GB */
  volume: z.int().positive().default(500),
  trainingPlan: z.string().optional(),
});
const batchSchema = z.strictObject({
  image: wordSchema,
  queue: wordSchema,
  jobRoleArn: z.string().optional(),
  region: wordSchema.optional(),
  /** Mounted on the hosts (FSx for Lustre) and in the containers. */
  mount: pathSchema.default('/shared'),
});
const skypilotSchema = z.strictObject({
  region: wordSchema.optional(),
  spot: z.boolean().default(false),
  /** s3://bucket: mounted where the paths of the job lie. */
  bucket: z.string().regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+$/, 'give an s3:// address of a bucket'),
  mount: pathSchema.default('/shared'),
  setup: z.string().optional(),
});
const raySchema = z.strictObject({
  /** Of the dashboard, which takes jobs. */
  address: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8265'),
});

const base = {
  version: z.literal(1).default(1),
  name: nameSchema,
  job: z.discriminatedUnion('kind', [trainSchema, generateSchema, serveSchema]),
  /** A machine of the catalogue, or "cpu". */
  target: z.string(),
  /** EC2's name, where the catalogue knows none (Trn3). */
  instanceType: wordSchema.optional(),
  nodes: z.int().positive().max(4096).default(1),
  /** Cores that act as one (LNC), of Neuron; the chip's default unless given. */
  logicalCores: z.int().positive().optional(),
  ports: z
    .strictObject({
      /** Where Neuron's collectives meet. Another one for each start: it stays closed for a minute. */
      rootComm: port.default(41000),
      /** Where JAX's processes meet. */
      coordinator: port.default(41001),
    })
    .prefault({}),
  /** Laid over what is made for the target. */
  environment: z.record(variableSchema, z.string()).default({}),
  python: pathSchema.default('python3'),
  orrery: z.array(z.string().min(1)).min(1).default(['npx', 'orrery']),
  /** Where commands begin; Slurm's default is where it was submitted. */
  workdir: pathSchema.optional(),
  /** Of compiled programs: a shared folder, or s3:// for Neuron. */
  cache: pathSchema.optional(),
  /** Minutes after which the engine ends the job; on Slurm the last two are there to save itself. */
  minutes: z.int().min(3).optional(),
  cpus: z.int().positive().optional(),
};

export const runSpecSchema = z.discriminatedUnion('engine', [
  z.strictObject({ ...base, engine: z.literal('slurm'), slurm: slurmSchema.prefault({}) }),
  z.strictObject({ ...base, engine: z.literal('kubernetes'), kubernetes: kubernetesSchema }),
  z.strictObject({ ...base, engine: z.literal('sagemaker'), sagemaker: sagemakerSchema }),
  z.strictObject({ ...base, engine: z.literal('batch'), batch: batchSchema }),
  z.strictObject({ ...base, engine: z.literal('skypilot'), skypilot: skypilotSchema }),
  z.strictObject({ ...base, engine: z.literal('ray'), ray: raySchema.prefault({}) }),
]);
export type RunSpec = z.infer<typeof runSpecSchema>;
export type RunSpecInput = z.input<typeof runSpecSchema>;
/** Where SageMaker mounts the file system: a channel of this name. */
export const sharedMount = '/opt/ml/input/data/shared';
export type SpecOf<Engine extends EngineName> = Extract<RunSpec, { engine: Engine }>;
