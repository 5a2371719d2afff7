/** What would fail, or be wrong without failing, on the machines of a spec: found before anything is paid for. */
import type { Machine } from '../catalogue/catalogue.ts';
import { compilerFlags, environmentOf } from './environment.ts';
import { layoutOf, shareOf } from './layout.ts';
import { sharedMount, type RunSpec } from './schema.ts';

export interface Problem {
  /** "ports", "logical-cores" */
  readonly rule: string;
  /** Whether a launch is refused. */
  readonly severity: 'error' | 'warning';
  /** What is wrong, with its value, and what to do. */
  readonly message: string;
}

type Check = (spec: RunSpec, machine: Machine | undefined) => readonly Problem[];

const error = (rule: string, message: string): Problem => ({ rule, severity: 'error', message });
const warning = (rule: string, message: string): Problem => ({ rule, severity: 'warning', message });

/** @param machine undefined for CPUs */
export function validate(spec: RunSpec, machine: Machine | undefined): Problem[] {
  const all = [...always, ...(spec.job.kind === 'generate' ? [] : onDevices), ...engineChecks];
  // A replica has its chips, and not the machine's.
  const held = spec.job.kind === 'serve' && machine ? shareOf(machine, spec.job.chips) : machine;
  return [...all.flatMap((check) => check(spec, held)), ...serving(spec, machine)];
}

/** Variables that a runtime no longer reads, or that were of another runtime. */
const removed: Readonly<Record<string, string>> = {
  NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS: 'SDK 2.31 removed it',
  TPU_NUM_DEVICES: 'it was XRT’s',
  TPU_CHIPS_PER_HOST_BOUNDS: 'it was XRT’s',
};
const renamed: Readonly<Record<string, string>> = {
  NEURON_RT_VIRTUAL_CORE_SIZE: 'NEURON_LOGICAL_NC_CONFIG',
};
/** What tuning guides of older libraries set, and newer ones choose better. */
const meddling = [
  ...['NCCL_PROTO', 'NCCL_BUFFSIZE', 'NCCL_MIN_CHANNELS', 'FI_EFA_ENABLE_SHM_TRANSFER'],
  ...['RDMAV_FORK_SAFE', 'RDMAV_HUGEPAGES_SAFE'],
];

const always: readonly Check[] = [
  ({ environment }) =>
    Object.keys(environment).flatMap((name) => {
      if (Object.hasOwn(removed, name))
        return [error('removed-variable', `environment ${name}: ${removed[name]}; leave it out`)];
      if (Object.hasOwn(renamed, name))
        return [warning('renamed-variable', `environment ${name}: it is called ${renamed[name]} now`)];
      return [];
    }),
];

/** A service lasts, on machines of its own kind. */
const serving: Check = (spec, machine) => {
  if (spec.job.kind !== 'serve') return [];
  const { chips, weights } = spec.job;
  const found: Problem[] = [];
  if (spec.engine !== 'kubernetes') {
    const why =
      spec.engine === 'slurm' ? 'its jobs end, and a service lasts' : 'services of it are not written';
    found.push(error('engine', `engine ${spec.engine}: ${why}; serve with kubernetes`));
  }
  if (spec.engine === 'kubernetes' && spec.cache === spec.kubernetes.mount)
    found.push(error('cache', `cache ${spec.cache}: it is the whole volume; name a folder in it`));
  if (spec.nodes > 1)
    found.push(
      error('nodes', `nodes ${spec.nodes}: a replica is on one machine; set "job.replicas" instead`),
    );
  if (machine && chips > machine.instance.chips)
    found.push(
      error(
        'chips',
        `job.chips ${chips}: target ${machine.name} has ${machine.instance.chips}; set "job.replicas" instead`,
      ),
    );
  if (machine?.chip.kind === 'neuron' && spec.cache === undefined)
    found.push(
      warning('cache', 'cache: none is given, and each replica compiles anew at each start; set "cache"'),
    );
  return weights !== undefined && weights === spec.job.bundle
    ? [...found, error('weights', `job.weights ${weights}: it is the bundle; leave it out`)]
    : found;
};

/** Of jobs that compute on accelerators. */
const onDevices: readonly Check[] = [
  function ports({ ports: { rootComm, coordinator } }, machine) {
    if (rootComm !== coordinator) return [];
    const remedy = 'give each a port of its own';
    const problem = `ports ${rootComm}: Neuron's collectives and JAX's processes would meet at the same one; ${remedy}`;
    return machine?.chip.kind === 'neuron' ? [error('ports', problem)] : [];
  },

  function precision({ job }, machine) {
    if (job.kind !== 'train' || job.precision !== 'tf32' || machine?.chip.kind !== 'neuron') return [];
    return [error('precision', 'precision tf32: NVIDIA’s tensor cores make it of f32; choose f32 or bf16')];
  },

  function logicalCores(spec, machine) {
    if (!machine) return [];
    const { logicalCores: allowed, kind, cores } = machine.chip;
    const { logicalCores } = layoutOf(spec, machine);
    const found: Problem[] = [];
    if (!allowed.includes(logicalCores)) {
      const what = kind === 'neuron' ? `cores of ${machine.chip.target} act as one` : 'a GPU is one device';
      found.push(
        error(
          'logical-cores',
          `logicalCores ${logicalCores}: ${what}: ${allowed.join(' or ')}; choose of these`,
        ),
      );
    } else if (cores % logicalCores !== 0) {
      found.push(error('logical-cores', `logicalCores ${logicalCores}: ${cores} cores do not divide by it`));
    }
    const said = spec.environment['NEURON_LOGICAL_NC_CONFIG'];
    if (said !== undefined && said !== String(logicalCores)) {
      found.push(
        error(
          'logical-cores',
          `environment NEURON_LOGICAL_NC_CONFIG ${said}: programs are compiled for ${logicalCores}; set "logicalCores" instead`,
        ),
      );
    }
    return found;
  },

  function mesh(spec, machine) {
    if (spec.job.kind !== 'train') return [];
    const sizes = Object.values(spec.job.mesh);
    if (sizes.length === 0) return [];
    const { processes, devices } = layoutOf(spec, machine);
    const product = sizes.reduce((a, b) => a * b, 1);
    if (product === processes * devices) return [];
    const have = `${processes} x ${devices} = ${processes * devices} devices`;
    return [error('mesh', `mesh of ${product}: there are ${have}; choose axes with that product`)];
  },

  function processCounts(spec, machine) {
    if (machine?.chip.kind !== 'neuron') return [];
    const { processes, devices } = layoutOf(spec, machine);
    const environment = environmentOf(spec, machine);
    const found: Problem[] = [];
    const counts = environment['NEURON_PJRT_PROCESSES_NUM_DEVICES'].split(',');
    if (counts.length !== processes || counts.some((count) => count !== String(devices))) {
      found.push(
        error(
          'process-counts',
          `environment NEURON_PJRT_PROCESSES_NUM_DEVICES ${counts.join(',')}: it needs ${devices} for each of ${processes} processes; leave it out`,
        ),
      );
    }
    if (environment['NEURON_PJRT_WORLD_SIZE'] !== undefined) {
      found.push(
        error(
          'process-counts',
          'environment NEURON_PJRT_WORLD_SIZE: it means one device a process; ours hold a machine’s; leave it out',
        ),
      );
    }
    if (environment['NEURON_RT_VISIBLE_CORES'] !== undefined) {
      found.push(
        warning('process-counts', 'environment NEURON_RT_VISIBLE_CORES: it overrules NEURON_RT_NUM_CORES'),
      );
    }
    return found;
  },

  function xlaFlags(spec, machine) {
    const flags = spec.environment['XLA_FLAGS']?.split(/\s+/) ?? [];
    const gpu = flags.filter((flag) => flag.startsWith('--xla_gpu_'));
    const tpu = flags.filter((flag) => flag.startsWith('--xla_tpu_'));
    const bad = machine?.chip.kind === 'nvidia' ? tpu : [...gpu, ...tpu];
    if (bad.length === 0) return [];
    const why =
      machine?.chip.kind === 'neuron'
        ? 'Neuron’s plugin aborts on flags that it does not know'
        : 'they are of another device';
    return [error('xla-flags', `environment XLA_FLAGS ${bad.join(' ')}: ${why}; leave them out`)];
  },

  function compilerArguments(spec, machine) {
    if (machine?.chip.kind !== 'neuron') return [];
    const { logicalCores } = layoutOf(spec, machine);
    const wanted = compilerFlags(machine.chip.target!, logicalCores);
    const given = spec.environment['NEURON_CC_FLAGS'];
    if (given === undefined) return [];
    const flags = given.split(/\s+/);
    const value = (name: string, of: readonly string[]) =>
      of.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3);
    const found: Problem[] = [];
    for (const name of ['target', 'lnc']) {
      if (value(name, flags) === value(name, wanted)) continue;
      found.push(
        error(
          'compiler-flags',
          `environment NEURON_CC_FLAGS --${name}=${value(name, flags) ?? ''}: the machine is --${name}=${value(name, wanted)}; say so`,
        ),
      );
    }
    for (const name of ['native-int64', 'implicit-integer-downcast']) {
      if (value(name, flags) !== undefined) continue;
      found.push(
        warning(
          'compiler-flags',
          `environment NEURON_CC_FLAGS without --${name}: its default changed with SDK 2.33; add ${wanted.find((flag) => flag.startsWith(`--${name}`))}`,
        ),
      );
    }
    return found;
  },

  function fabric(spec, machine) {
    if (!machine || spec.nodes === 1) return [];
    const { efa } = machine.instance;
    if (efa === undefined)
      return [
        warning(
          'efa',
          `target ${machine.name}: how many EFA devices it has is not known; none are asked for`,
        ),
      ];
    if (efa > 0) return [];
    const message = `target ${machine.name}: it has no EFA, which ${spec.nodes} machines would talk through`;
    return machine.chip.kind === 'neuron'
      ? [error('efa', `${message}; use one machine, or a larger kind`)]
      : [warning('efa', `${message}; they will talk through TCP, which is slow`)];
  },

  function forkSafety({ environment }) {
    if (environment['FI_EFA_FORK_SAFE'] === undefined) return [];
    return [warning('efa', 'environment FI_EFA_FORK_SAFE: only kernels before 5.15 need it')];
  },

  function ncclVariables({ environment }, machine) {
    if (machine?.chip.kind !== 'nvidia') return [];
    return meddling
      .filter((name) => environment[name] !== undefined)
      .map((name) =>
        warning('nccl', `environment ${name}: with EFA the libraries choose better; leave it out`),
      );
  },

  function cache({ cache }, machine) {
    if (!cache?.startsWith('s3://') || machine?.chip.kind === 'neuron') return [];
    return [error('cache', `cache ${cache}: only Neuron’s compiler reads one from S3; give a shared folder`)];
  },

  function compiledElsewhere(spec, machine) {
    if (spec.engine !== 'slurm' || spec.slurm.compilePartition === undefined) return [];
    if (machine?.chip.kind !== 'neuron')
      return [error('compile', 'slurm.compilePartition: only Neuron’s programs compile without the device')];
    if (spec.cache !== undefined) return [];
    return [error('compile', 'slurm.compilePartition: what it compiles goes to "cache", which is not given')];
  },
];

const engineChecks: readonly Check[] = [
  function namedInstance(spec, machine) {
    if (spec.engine === 'slurm' || spec.engine === 'ray' || !machine) return [];
    if ((spec.instanceType ?? machine.instance.instanceType) !== undefined) return [];
    return [
      error(
        'instance-type',
        `target ${machine.name}: EC2’s name for it is not public; give yours as "instanceType" (--instance-type)`,
      ),
    ];
  },

  function sharedPaths(spec) {
    const mount =
      spec.engine === 'kubernetes'
        ? spec.kubernetes.mount
        : spec.engine === 'batch'
          ? spec.batch.mount
          : spec.engine === 'skypilot'
            ? spec.skypilot.mount
            : spec.engine === 'sagemaker'
              ? sharedMount
              : undefined;
    if (mount === undefined) return [];
    return pathsOf(spec)
      .filter((path) => !`${path}/`.startsWith(`${mount}/`) || path.split('/').includes('..'))
      .map((path) => error('paths', `path ${path}: the machines share only ${mount}; put it there`));
  },

  function minutes({ engine, minutes: limit }) {
    if (limit === undefined || !['kubernetes', 'skypilot', 'ray'].includes(engine)) return [];
    const message = `minutes ${limit}: engine ${engine} is not told, and ends nothing by itself; use "orrery stop"`;
    return [warning('minutes', message)];
  },

  function sagemaker(spec, machine) {
    if (spec.engine !== 'sagemaker') return [];
    const found: Problem[] = [];
    if (spec.job.kind === 'generate')
      found.push(
        error(
          'engine',
          'engine sagemaker: it has no array jobs; generate datasets with slurm, kubernetes or batch',
        ),
      );
    if (!machine)
      found.push(
        error('engine', 'engine sagemaker: target cpu is not supported; name a machine of the catalogue'),
      );
    if (machine?.chip.target === 'trn3')
      found.push(warning('engine', `target ${machine.name}: no ml.trn3 instance was seen in public`));
    if (spec.sagemaker.subnets.length === 0 || spec.sagemaker.securityGroups.length === 0)
      found.push(
        error(
          'engine',
          'engine sagemaker: the file system, and EFA, are in your VPC; give its "subnets" and "securityGroups"',
        ),
      );
    return found;
  },

  function grace(spec) {
    if (spec.engine !== 'batch' || spec.job.kind !== 'train') return [];
    return [
      warning(
        'grace',
        'engine batch: what ends a job leaves it 30 s, in which a large checkpoint is not written; set ECS_CONTAINER_STOP_TIMEOUT=5m in /etc/ecs/ecs.config of the hosts, or count on the last regular checkpoint',
      ),
    ];
  },
  function skypilot(spec) {
    if (spec.engine !== 'skypilot' || spec.nodes === 1 || spec.job.kind !== 'train') return [];
    return [
      warning('efa', 'engine skypilot: without network settings of your own, machines talk through TCP'),
    ];
  },

  function ray(spec, machine) {
    if (spec.engine !== 'ray' || machine?.chip.kind !== 'neuron') return [];
    return [
      warning(
        'engine',
        'engine ray: its own set-up never sets NEURON_RT_ROOT_COMM_ID (ray-project/ray#65070); ours does',
      ),
    ];
  },
];

function pathsOf({ job, cache }: RunSpec): string[] {
  if (job.kind === 'generate') return [job.out];
  if (job.kind === 'train') return [job.bundle, job.data, job.out];
  // A server writes nothing but its cache.
  const kept = cache === undefined || cache.startsWith('s3://') ? [] : [cache];
  return [job.bundle, ...(job.weights === undefined ? [] : [job.weights]), ...kept];
}
