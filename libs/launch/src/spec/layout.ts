/** Who runs where: one process a machine, which holds all of its devices. */
import type { Machine } from '../catalogue/catalogue.ts';
import type { RunSpec } from './schema.ts';

/** What a replica of a service has of a machine: only some of its chips. */
export function shareOf(machine: Machine, chips: number): Machine {
  return { ...machine, instance: { ...machine.instance, chips } };
}

export interface Layout {
  readonly processes: number;
  /** Devices of a process, as JAX counts them: GPUs, or logical NeuronCores. */
  readonly devices: number;
  /** Physical cores that make a logical one; 1 unless Neuron. */
  readonly logicalCores: number;
}

/** @param machine undefined for CPUs */
export function layoutOf(
  { nodes, logicalCores }: Pick<RunSpec, 'nodes' | 'logicalCores'>,
  machine: Machine | undefined,
): Layout {
  if (!machine) return { processes: nodes, devices: 1, logicalCores: 1 };
  const { chip, instance } = machine;
  const together = logicalCores ?? chip.logicalCores.at(-1)!;
  return {
    processes: nodes,
    devices: Math.floor((instance.chips * chip.cores) / together),
    logicalCores: together,
  };
}
