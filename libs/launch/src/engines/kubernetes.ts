/** Kubernetes: a JobSet for what ends, a Deployment for what serves. */
import { dirname } from 'node:path/posix';
import { isServing } from '../spec/commands.ts';
import type { CommandLine, Engine } from './engine.ts';
import { jobSet } from './kubernetes-jobset.ts';
import { kubectl, yaml, type KubernetesKind, type KubernetesRequest } from './kubernetes-manifest.ts';
import { service } from './kubernetes-service.ts';

export const kubernetes: Engine<'kubernetes'> = {
  name: 'kubernetes',
  forgetsStopped: true,

  files: (request) => ({ ...kindOf(request).files(request), 'files.yaml': yaml(files(request)) }),
  submit: (request) => kindOf(request).submit(request),
  status: (request, ids) => kindOf(request).status(request, ids),
  logs: (request, ids) => kindOf(request).logs(request, ids),
  stop: (request, ids) => kindOf(request).stop(request, ids),

  upload: (request, folders) =>
    withFiles(request, (pod) =>
      folders.flatMap(({ from, to }) => [
        kubectl(request.spec, 'exec', pod, '--', 'mkdir', '-p', dirname(to)),
        copy(request.spec, local(from), `${pod}:${dirname(to)}`),
      ]),
    ),

  fetch: (request, out, to) => withFiles(request, (pod) => [copy(request.spec, `${pod}:${out}`, local(to))]),
};

function kindOf({ spec }: KubernetesRequest): KubernetesKind {
  return isServing(spec) ? service : jobSet;
}

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
