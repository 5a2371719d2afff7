/** Ray: a driver, submitted as a job, that starts one process a machine (ray_driver.py). */
import { readFileSync } from 'node:fs';
import { generateArguments, isGeneration, isTraining, runnerArguments } from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import { layoutOf } from '../spec/layout.ts';
import type { CommandLine, Engine, JobState, Request } from './engine.ts';

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
        ...(['ray', 'job', 'submit', '--address', spec.ray.address, '--no-wait', '--'] as const),
        ...['python3', `${folder}/ray_driver.py`],
      ],
      id: (output) => /'(raysubmit_\w+)'/.exec(output)?.[1] ?? '',
    },
  ],

  status: ({ spec }, { job }) => [
    {
      command: ['ray', 'job', 'status', '--address', spec.ray.address, job],
      parse: (output) =>
        states[
          /Status for job '[^']+': (\w+)|Job '[^']+' (\w+)/
            .exec(output)
            ?.slice(1)
            .find(Boolean)
            ?.toUpperCase() ?? ''
        ] ?? 'unknown',
    },
  ],

  logs: ({ spec }, { job }) => ({ command: ['ray', 'job', 'logs', '--address', spec.ray.address, job] }),

  stop: ({ spec }, { job }): readonly CommandLine[] => [
    ['ray', 'job', 'stop', '--address', spec.ray.address, job],
  ],
};

const states: Readonly<Record<string, JobState>> = {
  ...{ PENDING: 'pending', RUNNING: 'running' },
  ...{ SUCCEEDED: 'succeeded', FAILED: 'failed', STOPPED: 'stopped' },
};

/** What the driver is told. */
function jobOf(request: RayRequest): object {
  const { spec, machine } = request;
  const environment = environmentOf(spec, machine);
  if (isGeneration(spec)) {
    const whole = generateArguments(spec);
    return {
      ...{ environment, resources: { CPU: spec.cpus ?? 1 }, pieces: spec.job.pieces },
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
    environment,
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
