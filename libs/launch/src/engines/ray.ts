/** Ray: a driver, submitted as a job, that starts one process a machine (ray_driver.py). */
import { readFileSync } from 'node:fs';
import { generateArguments, isGeneration, isTraining, runnerArguments } from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import { layoutOf } from '../spec/layout.ts';
import type { CommandLine, Engine, JobState, Request } from './engine.ts';

/** Seconds between the two signals that end a job; Ray's own 3 do not suffice for a checkpoint. */
const GRACE = 120;

type RayRequest = Request<'ray'>;

const driver = readFileSync(new URL('ray_driver.py', import.meta.url), 'utf8');

export const ray: Engine<'ray'> = {
  name: 'ray',

  files: (request) => ({
    'ray_driver.py': driver,
    'ray.json': `${JSON.stringify(jobOf(request), null, 2)}\n`,
  }),

  submit: ({ spec, folder }) => [
    {
      name: 'job',
      command: () => [
        ...(['ray', 'job', 'submit', '--address', spec.ray.address, '--no-wait'] as const),
        ...[
          '--runtime-env-json',
          JSON.stringify({ env_vars: { RAY_JOB_STOP_WAIT_TIME_S: `${GRACE}` } }),
          '--',
        ],
        ...['python3', `${folder}/ray_driver.py`],
      ],
      id: (output) => /'(raysubmit_\w+)'/.exec(output)?.[1] ?? '',
    },
  ],

  status: ({ spec }, { job }) => [
    {
      command: ['ray', 'job', 'status', '--address', spec.ray.address, job],
      parse: stateOf,
    },
  ],

  logs: ({ spec }, { job }) => ({ command: ['ray', 'job', 'logs', '--address', spec.ray.address, job] }),

  stop: ({ spec }, { job }): readonly CommandLine[] => [
    ['ray', 'job', 'stop', '--address', spec.ray.address, job],
  ],
};

/** "Status for job 'raysubmit_x': RUNNING", and a sentence for each way to end. */
function stateOf(output: string): JobState {
  const [, verb, status] =
    /Job '[^']+' (succeeded|failed|was stopped)|Status for job '[^']+': (\w+)/.exec(output) ?? [];
  return states[verb ?? status ?? ''] ?? 'unknown';
}

const states: Readonly<Record<string, JobState>> = {
  ...{ PENDING: 'pending', RUNNING: 'running', SUCCEEDED: 'succeeded', FAILED: 'failed', STOPPED: 'stopped' },
  ...{ succeeded: 'succeeded', failed: 'failed', 'was stopped': 'stopped' },
};

/** What the driver is told. */
function jobOf(request: RayRequest): object {
  const { spec, machine } = request;
  const environment = environmentOf(spec, machine);
  if (isGeneration(spec)) {
    const whole = generateArguments(spec);
    return {
      ...{ environment, workdir: spec.workdir, resources: { CPU: spec.cpus ?? 1 }, pieces: spec.job.pieces },
      ...{ command: [...whole, '--shard', '{piece}'], assemble: whole },
    };
  }
  if (!isTraining(spec)) return {};
  const neuron = machine?.chip.kind === 'neuron';
  const several = spec.nodes > 1;
  return {
    processes: spec.nodes,
    // Machines with accelerators hold one process each; processes of CPUs may share one.
    strategy: machine ? 'STRICT_SPREAD' : 'SPREAD',
    resources: resources(request),
    ports: spec.ports,
    ...{ environment, workdir: spec.workdir },
    ranked: neuron
      ? { NEURON_RT_ROOT_COMM_ID: '{head}:{rootComm}', NEURON_PJRT_PROCESS_INDEX: '{rank}' }
      : {},
    command: [
      ...runnerArguments(spec, machine),
      ...(several ? ['--coordinator', '{head}:{coordinator}', '--processes', String(spec.nodes)] : []),
      ...(several ? ['--process', '{rank}'] : []),
    ],
  };
}

function resources({ spec, machine }: RayRequest): Readonly<Record<string, number>> {
  const cores = { CPU: spec.cpus ?? 1 };
  if (!machine) return cores;
  if (machine.chip.kind === 'nvidia') return { ...cores, GPU: machine.instance.chips };
  return { ...cores, neuron_cores: layoutOf(spec, machine).devices };
}
