/** A JobSet (jobset.x-k8s.io), which Kueue queues where a queue is named. */
import { generateArguments, isGeneration, isTraining, pieceLine, runnerLines } from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import { quote } from '../spec/shell.ts';
import type { JobState } from './engine.ts';
import { chipResource, kubectl, literal, placement, queueLabels, yaml } from './kubernetes-manifest.ts';
import type { KubernetesKind, KubernetesRequest } from './kubernetes-manifest.ts';

export const jobSet: KubernetesKind = {
  files(request) {
    const { spec } = request;
    const { kubernetes: own, name } = spec;
    const labels = queueLabels(own);
    const manifest = {
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      kind: 'JobSet',
      metadata: { name, namespace: own.namespace, ...(Object.keys(labels).length > 0 && { labels }) },
      spec: {
        failurePolicy: { maxRestarts: own.restarts, restartStrategy: 'Recreate' },
        replicatedJobs: isGeneration(spec) ? generation(request) : [training(request)],
      },
    };
    return { 'job.yaml': yaml(manifest) };
  },

  submit: ({ spec, folder }) => [
    {
      name: 'job',
      command: () => kubectl(spec, 'create', '--filename', `${folder}/job.yaml`, '--output', 'name'),
      // "jobset.jobset.x-k8s.io/name"
      id: (output) => output.trim().split('/').at(-1)!,
    },
  ],

  status: ({ spec }, { job }) => [
    {
      command: kubectl(spec, 'get', 'jobset', job, '--ignore-not-found', '--output', 'json'),
      parse: (output) => (output.trim() === '' ? 'unknown' : stateOf(JSON.parse(output) as JobSet)),
    },
  ],

  logs: ({ spec }, { job }) => ({
    command: kubectl(
      spec,
      'logs',
      '--selector',
      `jobset.sigs.k8s.io/jobset-name=${job}`,
      '--prefix',
      '--tail=-1',
    ),
  }),

  stop: ({ spec }, { job }) => [
    kubectl(spec, 'delete', 'jobset', job, '--ignore-not-found', '--cascade=foreground'),
  ],
};

/** One pod a machine; a lost one starts all of them again, from the last checkpoint. */
function training(request: KubernetesRequest): object {
  const { spec, machine } = request;
  if (!isTraining(spec)) return {};
  const rank = {
    // The first pod of the job, by the name that JobSet gives it.
    head: `${spec.name}-node-0-0.${spec.name}`,
    index: '$JOB_COMPLETION_INDEX',
    restart: '$ORRERY_RESTART',
  };
  return {
    name: 'node',
    replicas: 1,
    template: {
      spec: {
        ...{ parallelism: spec.nodes, completions: spec.nodes, completionMode: 'Indexed', backoffLimit: 0 },
        template: { spec: pod(request, 'runner', runnerLines(spec, machine, rank), devices(request)) },
      },
    },
  };
}

/** An indexed job of pieces, and the whole when all of them are there. */
function generation(request: KubernetesRequest): object[] {
  const { spec } = request;
  if (!isGeneration(spec)) return [];
  const job = (name: string, count: number, lines: string[]) => ({
    name,
    replicas: 1,
    template: {
      spec: {
        ...{ parallelism: Math.min(count, spec.nodes), completions: count, completionMode: 'Indexed' },
        backoffLimit: 6,
        template: { spec: pod(request, 'orrery', lines, cpuRequest(request)) },
      },
    },
  });
  return [
    job('pieces', spec.job.pieces, [pieceLine(spec, '$JOB_COMPLETION_INDEX')]),
    {
      ...job('assemble', 1, [`exec ${generateArguments(spec).map(quote).join(' ')}`]),
      dependsOn: [{ name: 'pieces', status: 'Complete' }],
    },
  ];
}

function pod(
  { spec, machine }: KubernetesRequest,
  container: string,
  lines: readonly string[],
  resources: object,
) {
  const { kubernetes: own } = spec;
  return {
    restartPolicy: 'Never',
    // The runner writes a checkpoint when it is told to stop.
    terminationGracePeriodSeconds: 300,
    ...(own.serviceAccount !== undefined && { serviceAccountName: own.serviceAccount }),
    ...(isTraining(spec) && placement(spec, machine)),
    containers: [
      {
        name: container,
        image: own.image,
        command: ['bash', '-c', literal(['set -euo pipefail', ...lines].join('\n'))],
        ...(spec.workdir !== undefined && { workingDir: spec.workdir }),
        ...(isTraining(spec) && {
          env: [
            {
              name: 'ORRERY_RESTART',
              valueFrom: { fieldRef: { fieldPath: "metadata.labels['jobset.sigs.k8s.io/restart-attempt']" } },
            },
          ],
        }),
        ...(isGeneration(spec) && {
          env: Object.entries(environmentOf(spec, machine)).map(([name, value]) => ({
            name,
            value: literal(value),
          })),
        }),
        resources,
        volumeMounts: [
          { name: 'shared', mountPath: own.mount },
          { name: 'memory', mountPath: '/dev/shm' },
        ],
      },
    ],
    volumes: [
      { name: 'shared', persistentVolumeClaim: { claimName: own.volumeClaim } },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ],
  };
}

/** What the machine has, all of it: requests are limits. */
function devices(request: KubernetesRequest): object {
  const { machine, spec } = request;
  if (!machine) return cpuRequest(request);
  const { chip, instance } = machine;
  const asked = {
    [chipResource(chip)]: instance.chips,
    ...((instance.efa ?? 0) > 0 && spec.nodes > 1 && { 'vpc.amazonaws.com/efa': instance.efa }),
  };
  return { requests: asked, limits: asked };
}

function cpuRequest({ spec }: KubernetesRequest): object {
  return { requests: { cpu: String(spec.cpus ?? 1) } };
}

interface JobSet {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly replicatedJobsStatus?: readonly { readonly active?: number; readonly ready?: number }[];
  };
}

function stateOf({ spec, status }: JobSet): JobState {
  const holds = (type: string) =>
    (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
  if (holds('Completed')) return 'succeeded';
  if (holds('Failed')) return 'failed';
  if (spec?.suspend === true || holds('Suspended')) return 'pending';
  const active = (status?.replicatedJobsStatus ?? []).some((job) => (job.active ?? 0) + (job.ready ?? 0) > 0);
  return active ? 'running' : 'pending';
}
