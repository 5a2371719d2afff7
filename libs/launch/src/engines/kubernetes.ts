/** Kubernetes: a JobSet (jobset.x-k8s.io), which Kueue queues where a queue is named. */
import { dirname } from 'node:path/posix';
import { stringify } from 'yaml';
import { generateArguments, isGeneration, isTraining, pieceLine, runnerLines } from '../spec/commands.ts';
import { environmentOf } from '../spec/environment.ts';
import { quote } from '../spec/shell.ts';
import type { CommandLine, Engine, JobState, Request } from './engine.ts';

type KubernetesRequest = Request<'kubernetes'>;

export const kubernetes: Engine<'kubernetes'> = {
  name: 'kubernetes',
  forgetsStopped: true,

  files(request) {
    const { spec } = request;
    const { kubernetes: own, name } = spec;
    const labels = {
      ...(own.queue !== undefined && { 'kueue.x-k8s.io/queue-name': own.queue }),
      ...(own.priority !== undefined && { 'kueue.x-k8s.io/priority-class': own.priority }),
    };
    const jobSet = {
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      kind: 'JobSet',
      metadata: { name, namespace: own.namespace, ...(Object.keys(labels).length > 0 && { labels }) },
      spec: {
        failurePolicy: { maxRestarts: own.restarts, restartStrategy: 'Recreate' },
        replicatedJobs: isGeneration(spec) ? generation(request) : [training(request)],
      },
    };
    return { 'job.yaml': yaml(jobSet), 'files.yaml': yaml(files(request)) };
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

  upload: (request, folders) =>
    withFiles(request, (pod) =>
      folders.flatMap(({ from, to }) => [
        kubectl(request.spec, 'exec', pod, '--', 'mkdir', '-p', dirname(to)),
        copy(request.spec, local(from), `${pod}:${dirname(to)}`),
      ]),
    ),

  fetch: (request, to) =>
    withFiles(request, (pod) => [copy(request.spec, `${pod}:${request.spec.job.out}`, local(to))]),
};

/** With another try where the connection breaks off. */
function copy(spec: KubernetesRequest['spec'], from: string, to: string): CommandLine {
  return kubectl(spec, 'cp', '--retries=5', from, to);
}

/** @throws where `kubectl cp` would take a path of this machine for one of a pod */
function local(path: string): string {
  if (!path.includes(':')) return path;
  throw new Error(
    `folder ${path}: "kubectl cp" takes what is before ":" for a pod; choose a folder without it`,
  );
}

/**
 * Commands while a pod holds the volume. One that is left from a copy that broke off goes first: it has the same name.
 */
function withFiles(
  { spec, folder }: KubernetesRequest,
  commands: (pod: string) => CommandLine[],
): readonly CommandLine[] {
  const pod = `${spec.name}-files`;
  const gone = kubectl(spec, 'delete', 'pod', pod, '--ignore-not-found', '--wait=true');
  return [
    gone,
    kubectl(spec, 'create', '--filename', `${folder}/files.yaml`),
    kubectl(spec, 'wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=300s'),
    ...commands(pod),
    gone,
  ];
}

function kubectl(spec: KubernetesRequest['spec'], ...rest: string[]): CommandLine {
  return ['kubectl', '--namespace', spec.kubernetes.namespace, ...rest];
}

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
  const instanceType = spec.instanceType ?? machine?.instance.instanceType;
  const tolerated = machine && (machine.chip.kind === 'neuron' ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu');
  const accelerated = isTraining(spec) && machine !== undefined;
  return {
    restartPolicy: 'Never',
    // The runner writes a checkpoint when it is told to stop.
    terminationGracePeriodSeconds: 300,
    ...(own.serviceAccount !== undefined && { serviceAccountName: own.serviceAccount }),
    ...(accelerated && {
      nodeSelector: { 'node.kubernetes.io/instance-type': instanceType },
      tolerations: [{ key: tolerated, operator: 'Exists', effect: 'NoSchedule' }],
    }),
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

/** Kubernetes puts variables in for `$(NAME)` before a shell sees the text, and makes `$$` one `$`: doubled, both stay. */
function literal(text: string): string {
  return text.replaceAll(/\$(?=\$|\([A-Za-z_])/g, '$$$$');
}

/** What the machine has, all of it: requests are limits. */
function devices(request: KubernetesRequest): object {
  const { machine, spec } = request;
  if (!machine) return cpuRequest(request);
  const { chip, instance } = machine;
  const asked = {
    [chip.kind === 'neuron' ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu']: instance.chips,
    ...((instance.efa ?? 0) > 0 && spec.nodes > 1 && { 'vpc.amazonaws.com/efa': instance.efa }),
  };
  return { requests: asked, limits: asked };
}

function cpuRequest({ spec }: KubernetesRequest): object {
  return { requests: { cpu: String(spec.cpus ?? 1) } };
}

/** A pod that only holds the volume, to copy into and out of. */
function files({ spec }: KubernetesRequest): object {
  const { kubernetes: own } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${spec.name}-files`, namespace: own.namespace },
    spec: {
      restartPolicy: 'Never',
      // It has nothing to save.
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          // A day: what nobody deletes ends by itself, and copying a dataset takes hours.
          ...{ name: 'files', image: own.image, command: ['sleep', '86400'] },
          volumeMounts: [{ name: 'shared', mountPath: own.mount }],
        },
      ],
      volumes: [{ name: 'shared', persistentVolumeClaim: { claimName: own.volumeClaim } }],
    },
  };
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

function yaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
