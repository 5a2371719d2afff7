/** Variables of the environment that a target's runtime reads, but for those that differ from process to process. */
import type { Machine } from '../catalogue/catalogue.ts';
import { layoutOf } from './layout.ts';
import type { RunSpec } from './schema.ts';

export type Environment = Readonly<Record<string, string>>;

/** What is made for the target, and over it what the spec says. */
export function environmentOf(spec: RunSpec, machine: Machine | undefined): Environment {
  if (spec.job.kind === 'generate') return spec.environment;
  const made = machine === undefined ? cpu : machine.chip.kind === 'neuron' ? neuron : nvidia;
  return { ...made(spec, machine!), ...spec.environment };
}

const cpu = (): Environment => ({ JAX_PLATFORMS: 'cpu' });

/**
 * Neuron's JAX on several machines, one process each: `NEURON_PJRT_PROCESSES_NUM_DEVICES` has an entry a process.
 * AWS Neuron documentation, "JAX NeuronX environment variables" and "Neuron runtime configuration".
 */
function neuron(spec: RunSpec, machine: Machine): Environment {
  const { processes, devices, logicalCores } = layoutOf(spec, machine);
  const { target } = machine.chip;
  const several = processes > 1;
  return {
    NEURON_PJRT_PROCESSES_NUM_DEVICES: Array.from({ length: processes }, () => devices).join(','),
    NEURON_RT_NUM_CORES: String(devices),
    ...(target !== 'trn1' && { NEURON_LOGICAL_NC_CONFIG: String(logicalCores) }),
    NEURON_CC_FLAGS: compilerFlags(target!, logicalCores).join(' '),
    // 30 s by default: the first step of a large program takes longer.
    NEURON_RT_EXEC_TIMEOUT: '600',
    NEURON_RT_STOCHASTIC_ROUNDING_EN: spec.job.kind === 'train' && spec.job.precision === 'bf16' ? '1' : '0',
    ...(spec.cache !== undefined && { NEURON_COMPILE_CACHE_URL: spec.cache }),
    MALLOC_ARENA_MAX: '64',
    ...(several && { FI_PROVIDER: 'efa', FI_EFA_USE_DEVICE_RDMA: '1', FI_LOG_LEVEL: 'warn' }),
    // Machines in containers have interfaces that lead nowhere.
    ...(several &&
      interfaceOf[spec.engine] !== undefined && { CCOM_SOCKET_IFNAME: interfaceOf[spec.engine] }),
  };
}

const interfaceOf: Partial<Record<RunSpec['engine'], string>> = { kubernetes: 'eth0', batch: 'eth0' };

/** What differs between releases of the compiler is said, so that no default decides it. */
export function compilerFlags(target: string, logicalCores: number): string[] {
  return [
    ...[`--target=${target}`, `--lnc=${logicalCores}`, '--auto-cast=none'],
    ...['--native-int64=disabled', '--implicit-integer-downcast=none'],
    '--retry_failed_compilation',
  ];
}

/** NVIDIA with EFA: awslabs/awsome-distributed-ai, EFA cheat sheet. Newer libraries need little said. */
function nvidia(spec: RunSpec, { instance }: Machine): Environment {
  const efa = (instance.efa ?? 0) > 0 && spec.nodes > 1;
  return {
    XLA_FLAGS: '--xla_gpu_enable_latency_hiding_scheduler=true',
    ...(spec.cache !== undefined && { JAX_COMPILATION_CACHE_DIR: spec.cache }),
    ...(efa && { FI_PROVIDER: 'efa', FI_EFA_USE_HUGE_PAGE: '0' }),
    ...(spec.nodes > 1 && { NCCL_SOCKET_IFNAME: spec.engine === 'kubernetes' ? '^lo' : 'en' }),
  };
}
