/** A line of `neuron-monitor`. AWS Neuron documentation, "Neuron Monitor User Guide". */
import { z } from 'zod';
import { peakOf, type Machine } from '../catalogue/catalogue.ts';
import type { Precision } from '@orrery/graph';
import type { Reading } from './utilization.ts';

/** What of it is read; all else may be there. */
const reportSchema = z.looseObject({
  neuron_runtime_data: z.array(
    z.looseObject({
      report: z.looseObject({
        neuroncore_counters: z
          .looseObject({
            neuroncores_in_use: z.record(
              z.string(),
              z.looseObject({ neuroncore_utilization: z.number(), flops: z.number().nullish() }),
            ),
          })
          .optional(),
        memory_used: z
          .looseObject({ neuron_runtime_used_bytes: z.looseObject({ neuron_device: z.number() }) })
          .optional(),
        execution_stats: z.looseObject({ error_summary: z.record(z.string(), z.number()) }).optional(),
      }),
    }),
  ),
});

/**
 * @param line one JSON object
 * @param machine on which it was printed
 * @returns a reading of all runtimes of the machine together
 * @throws when the line is not what neuron-monitor prints
 */
export function readNeuronMonitor(line: string, machine: Machine, precision: Precision): Reading {
  const { neuron_runtime_data: runtimes } = parse(line);
  const reports = runtimes.map(({ report }) => report);
  const cores = reports.flatMap((report) =>
    Object.values(report.neuroncore_counters?.neuroncores_in_use ?? {}),
  );
  const memory = reports.flatMap(({ memory_used: used }) =>
    used ? [used.neuron_runtime_used_bytes.neuron_device] : [],
  );
  const errors = reports.flatMap((report) => Object.values(report.execution_stats?.error_summary ?? {}));
  const told = cores.some(({ flops }) => typeof flops === 'number');
  const hardwareTflops = sum(cores.map(({ flops }) => flops ?? 0)) / 1e12 / machine.instance.chips;
  const peak = peakOf(machine, precision);
  return {
    ...{ source: 'neuron-monitor', devices: cores.length },
    ...(told && { hardwareTflops, hfu: hardwareTflops / peak.tflops.value, peak: peak.id }),
    ...(cores.length > 0 && {
      busy: sum(cores.map((core) => core.neuroncore_utilization)) / cores.length / 100,
    }),
    ...(memory.length > 0 && { memory: sum(memory) }),
    errors: sum(errors),
  };
}

function parse(line: string): z.infer<typeof reportSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`neuron-monitor: a line is no JSON ("${line.slice(0, 40)}"); give its output as it is`);
  }
  const result = reportSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`neuron-monitor: ${issue.path.join('.')}: ${issue.message}; give its output as it is`);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
