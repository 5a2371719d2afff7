/** What jobs and services of Kubernetes have in common. */
import { stringify } from 'yaml';
import type { Chip } from '../catalogue/schema.ts';
import type { CommandLine, Engine, Request } from './engine.ts';

export type KubernetesRequest = Request<'kubernetes'>;
/** One kind of what is run there. */
export type KubernetesKind = Pick<Engine<'kubernetes'>, 'files' | 'submit' | 'status' | 'logs' | 'stop'>;

export function kubectl(spec: KubernetesRequest['spec'], ...rest: string[]): CommandLine {
  return ['kubectl', '--namespace', spec.kubernetes.namespace, ...rest];
}

export function yaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Kubernetes puts variables in for `$(NAME)` before a shell sees the text, and makes `$$` one `$`: doubled, both stay. */
export function literal(text: string): string {
  return text.replaceAll(/\$(?=\$|\([A-Za-z_])/g, '$$$$');
}

/** What makes Kueue queue it, where a queue is named. */
export function queueLabels({
  queue,
  priority,
}: KubernetesRequest['spec']['kubernetes']): Record<string, string> {
  return {
    ...(queue !== undefined && { 'kueue.x-k8s.io/queue-name': queue }),
    ...(priority !== undefined && { 'kueue.x-k8s.io/priority-class': priority }),
  };
}

/** How device plugins call the chips of a machine. */
export function chipResource({ kind }: Pick<Chip, 'kind'>): string {
  return kind === 'neuron' ? 'aws.amazon.com/neuron' : 'nvidia.com/gpu';
}

/** On machines of the target alone, which let nothing else in; anywhere, for CPUs. */
export function placement(spec: KubernetesRequest['spec'], machine: KubernetesRequest['machine']): object {
  if (!machine) return {};
  return {
    nodeSelector: { 'node.kubernetes.io/instance-type': spec.instanceType ?? machine.instance.instanceType },
    tolerations: [{ key: chipResource(machine.chip), operator: 'Exists', effect: 'NoSchedule' }],
  };
}
