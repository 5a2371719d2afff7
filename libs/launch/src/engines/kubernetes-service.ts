/**
 * A service of Kubernetes: a Deployment of servers behind a Service. A server is ready once its programs are compiled and have
 * run; it is no root, writes nothing but its cache, and answers what is open before it ends.
 */
import type { Machine } from '../catalogue/catalogue.ts';
import { isServing, serverLines, type ServeSpec } from '../spec/commands.ts';
import { shareOf } from '../spec/layout.ts';
import type { JobState } from './engine.ts';
import { chipResource, kubectl, literal, placement, queueLabels, yaml } from './kubernetes-manifest.ts';
import type { KubernetesKind, KubernetesRequest } from './kubernetes-manifest.ts';

/** Seconds that the cluster has to send no more requests to a server that is to end. */
const UNLISTED = 5;
/** Seconds in which all must be compiled: Neuron's compiler takes minutes for a program. */
const COMPILE = { neuron: 3600, other: 900 };
const PROBE_SECONDS = 10;

export const service: KubernetesKind = {
  files(request): Readonly<Record<string, string>> {
    const { spec, machine } = request;
    if (!isServing(spec)) return {};
    return {
      'deployment.yaml': yaml(deployment(spec, machine)),
      'service.yaml': yaml(address(spec)),
      ...(spec.job.replicas > 1 && { 'disruption.yaml': yaml(disruption(spec)) }),
    };
  },

  submit: (request) => [
    {
      name: 'service',
      // Applied again, it changes what is there, one server after the other.
      command: () =>
        kubectl(
          request.spec,
          'apply',
          ...Object.keys(service.files(request)).flatMap((file) => [
            '--filename',
            `${request.folder}/${file}`,
          ]),
        ),
      id: () => request.spec.name,
    },
  ],

  status: ({ spec }, { service: name }) => [
    {
      command: kubectl(spec, 'get', 'deployment', name, '--ignore-not-found', '--output', 'json'),
      parse: (output) => (output.trim() === '' ? 'unknown' : stateOf(JSON.parse(output) as Deployment)),
    },
  ],

  logs({ spec }) {
    const pods = Object.entries(labelsOf(spec)).map(([name, value]) => `${name}=${value}`);
    return { command: kubectl(spec, 'logs', '--selector', pods.join(','), '--prefix', '--tail=-1') };
  },

  stop({ spec }, { service: name }) {
    // The budget may be of an earlier start with more replicas.
    const objects = ['deployment', 'service', 'poddisruptionbudget'].map((kind) => `${kind}/${name}`);
    return [kubectl(spec, 'delete', ...objects, '--ignore-not-found', '--cascade=foreground')];
  },
};

interface Deployment {
  readonly status?: { readonly readyReplicas?: number };
}

function stateOf({ status }: Deployment): JobState {
  return (status?.readyReplicas ?? 0) > 0 ? 'running' : 'pending';
}

/** The recommended labels of Kubernetes. */
function labelsOf({ name }: Pick<ServiceSpec, 'name'>): Record<string, string> {
  return { 'app.kubernetes.io/name': 'orrery-imagination', 'app.kubernetes.io/instance': name };
}

type ServiceSpec = KubernetesRequest['spec'] & ServeSpec;

function metadata(spec: ServiceSpec, more: Readonly<Record<string, string>> = {}): object {
  return { name: spec.name, namespace: spec.kubernetes.namespace, labels: { ...labelsOf(spec), ...more } };
}

function deployment(spec: ServiceSpec, machine: Machine | undefined): object {
  const seconds = machine?.chip.kind === 'neuron' ? COMPILE.neuron : COMPILE.other;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(spec, queueLabels(spec.kubernetes)),
    spec: {
      replicas: spec.job.replicas,
      selector: { matchLabels: labelsOf(spec) },
      // Accelerators for one more than there are may be nowhere: there, a server goes before the next one comes.
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: machine ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
      },
      progressDeadlineSeconds: seconds + 300,
      template: { metadata: { labels: labelsOf(spec) }, spec: pod(spec, machine, seconds) },
    },
  };
}

function pod(spec: ServiceSpec, machine: Machine | undefined, seconds: number): object {
  const { kubernetes: own, job, cache } = spec;
  const share = machine && shareOf(machine, job.chips);
  const probe = {
    httpGet: { path: '/healthz', port: 'http' },
    periodSeconds: PROBE_SECONDS,
    timeoutSeconds: 5,
  };
  const kept = cache === undefined || cache.startsWith('s3://') ? undefined : cache;
  return {
    ...(own.serviceAccount !== undefined && { serviceAccountName: own.serviceAccount }),
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: UNLISTED + job.grace + 10,
    securityContext: {
      ...(own.user !== 0 && { runAsNonRoot: true }),
      ...{ runAsUser: own.user, seccompProfile: { type: 'RuntimeDefault' } },
    },
    ...placement(spec, machine),
    containers: [
      {
        ...{ name: 'server', image: own.image },
        command: ['bash', '-c', literal(['set -euo pipefail', ...serverLines(spec, share)].join('\n'))],
        workingDir: spec.workdir ?? '/tmp',
        env: [
          { name: 'HOME', value: '/tmp' },
          ...(machine?.chip.kind === 'neuron' && cache === undefined
            ? [{ name: 'NEURON_COMPILE_CACHE_URL', value: '/tmp/neuron-compile-cache' }]
            : []),
        ],
        ports: [{ name: 'http', containerPort: job.port }],
        // A 503 while it compiles is no reason to start it again: the other probes wait for this one.
        startupProbe: { ...probe, failureThreshold: seconds / PROBE_SECONDS },
        readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 2 },
        livenessProbe: { ...probe, failureThreshold: 6 },
        lifecycle: { preStop: { exec: { command: ['sleep', String(UNLISTED)] } } },
        resources: resources(spec, machine),
        securityContext: {
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'shared', mountPath: own.mount, readOnly: true },
          ...(kept === undefined
            ? []
            : [{ name: 'shared', mountPath: kept, subPath: kept.slice(own.mount.length + 1) }]),
          { name: 'scratch', mountPath: '/tmp' },
          { name: 'memory', mountPath: '/dev/shm' },
        ],
      },
    ],
    volumes: [
      { name: 'shared', persistentVolumeClaim: { claimName: own.volumeClaim } },
      { name: 'scratch', emptyDir: {} },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ],
  };
}

/** Requests are limits, but for CPU time: what others leave may be taken. */
function resources({ job, cpus }: ServiceSpec, machine: Machine | undefined): object {
  const cores = cpus ?? (machine ? undefined : 1);
  const held = {
    ...(machine && { [chipResource(machine.chip)]: job.chips }),
    ...(job.memory !== undefined && { memory: `${Math.ceil(job.memory * 1024)}Mi` }),
  };
  return {
    requests: { ...(cores !== undefined && { cpu: String(cores) }), ...held },
    ...(Object.keys(held).length > 0 && { limits: held }),
  };
}

/** Inside of the cluster alone: what lets others in also asks who they are. */
function address(spec: ServiceSpec): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(spec),
    spec: {
      type: 'ClusterIP',
      selector: labelsOf(spec),
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  };
}

/** Machines that are emptied take one server at a time. */
function disruption(spec: ServiceSpec): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(spec),
    spec: { maxUnavailable: 1, selector: { matchLabels: labelsOf(spec) } },
  };
}
