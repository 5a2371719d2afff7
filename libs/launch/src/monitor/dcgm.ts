/** What `dcgm-exporter` serves, in Prometheus' text format. NVIDIA documentation, "DCGM Exporter", and field identifiers. */
import type { Reading } from './utilization.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const MIB = 2 ** 20;

/**
 * @param text of one scrape
 * @returns a reading of all GPUs of the machine together
 * @throws when no field of DCGM is in it
 */
export function readDcgm(text: string): Reading {
  const samples = text.split('\n').flatMap(parse);
  const fields = samples.filter(({ name }) => name.startsWith('DCGM_FI_'));
  if (fields.length === 0)
    throw new Error('dcgm: no DCGM_FI_ field is in it; give what dcgm-exporter serves');
  const of = (name: string) => fields.filter((sample) => sample.name === `DCGM_FI_${name}`);
  const values = (name: string) => of(name).map(({ value }) => value);
  const busy = values('PROF_PIPE_TENSOR_ACTIVE');
  const memory = values('DEV_FB_USED');
  const power = values('DEV_POWER_USAGE');
  return {
    source: 'dcgm',
    devices: new Set(fields.map(({ labels }) => labels['UUID'] ?? labels['gpu'])).size,
    ...(busy.length > 0 && { busy: sum(busy) / busy.length }),
    ...(memory.length > 0 && { memory: sum(memory) * MIB }),
    ...(power.length > 0 && { power: sum(power) }),
    // Xid 0 is none.
    errors: values('DEV_XID_ERRORS').filter((xid) => xid !== 0).length,
  };
}

/** `NAME{label="value",...} 1.5`; comments and empty lines give nothing. */
function parse(line: string): Sample[] {
  const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
  const number = Number(value);
  if (name === undefined || !Number.isFinite(number)) return [];
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
  return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: number }];
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
