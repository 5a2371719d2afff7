/** EC2 instances. Prices are secondary and change: lay your own over them (`orrery plan --catalogue`). vCPUs and
 * memory of the hosts of GPUs are from memory. */
import type { Instance, Price } from './schema.ts';
import { figure, type SourceName } from './sources.ts';

const price = (value: number, of: SourceName, region?: string, terms = 'on demand'): Price => ({
  ...{ ...figure(value, of), terms },
  ...(region !== undefined && { region }),
});
const block = (value: number) => price(value, 'blocks', undefined, 'capacity block');

type Named = Omit<Instance, 'instanceType' | 'prices'> & { readonly prices?: readonly Price[] };

/** Those whose name in the catalogue is the one that EC2 knows. */
const named: Readonly<Record<string, Named>> = {
  'trn1.2xlarge': {
    ...{ chip: 'trainium1', chips: 1, vcpus: 8, hostMemory: 32, efa: 0 },
    prices: [price(1.344, 'skypilot')],
  },
  'trn1.32xlarge': {
    ...{
      chip: 'trainium1',
      chips: 16,
      vcpus: 128,
      hostMemory: 512,
      efa: 8,
      network: figure(800, 'instances'),
    },
    prices: [price(21.5, 'skypilot'), block(15.49)],
  },
  'trn1n.32xlarge': {
    ...{
      chip: 'trainium1',
      chips: 16,
      vcpus: 128,
      hostMemory: 512,
      efa: 16,
      network: figure(1600, 'instances'),
    },
    prices: [price(24.78, 'skypilot')],
  },
  'trn2.3xlarge': { chip: 'trainium2', chips: 1, efa: 0, note: 'sa-east-1 and ap-southeast-4 only' },
  'trn2.48xlarge': {
    ...{
      chip: 'trainium2',
      chips: 16,
      vcpus: 192,
      hostMemory: 2048,
      efa: 16,
      network: figure(3200, 'instances'),
    },
    prices: [price(35.76, 'february', 'us-east-1'), price(85.96, 'skypilot', 'us-east-2')],
    note: 'the two prices contradict each other: ask AWS',
  },
  'trn2u.48xlarge': {
    ...{
      chip: 'trainium2',
      chips: 16,
      vcpus: 192,
      hostMemory: 2048,
      efa: 16,
      network: figure(3200, 'instances'),
    },
    note: 'a quarter of a Trn2 UltraServer',
  },
  'trn3pd98.3xlarge': {
    ...{ chip: 'trainium3', chips: 1 },
    note: 'the only name of a Trn3 instance that was seen in public',
  },

  'p4d.24xlarge': {
    ...{ chip: 'a100-40gb', chips: 8, vcpus: 96, hostMemory: 1152, efa: 4, network: figure(400, 'efa') },
    prices: [price(21.96, 'costExplorer', 'us-east-2'), block(14.75)],
  },
  'p4de.24xlarge': {
    ...{ chip: 'a100-80gb', chips: 8, vcpus: 96, hostMemory: 1152, efa: 4, network: figure(400, 'efa') },
    prices: [price(27.45, 'costExplorer', 'us-east-2')],
  },
  'p5.4xlarge': { chip: 'h100', chips: 1, vcpus: 16, hostMemory: 256 },
  'p5.48xlarge': {
    ...{ chip: 'h100', chips: 8, vcpus: 192, hostMemory: 2048, efa: 32, network: figure(3200, 'efa') },
    prices: [price(55.04, 'costExplorer', 'us-east-2'), block(39.33)],
  },
  'p5e.48xlarge': {
    ...{ chip: 'h200', chips: 8, vcpus: 192, hostMemory: 2048, efa: 32, network: figure(3200, 'efa') },
    prices: [block(43.26)],
  },
  'p5en.48xlarge': {
    ...{ chip: 'h200', chips: 8, vcpus: 192, hostMemory: 2048, efa: 16, network: figure(3200, 'efa') },
    prices: [price(63.3, 'costExplorer', 'us-east-2')],
  },
  'p6-b200.48xlarge': {
    ...{ chip: 'b200', chips: 8, vcpus: 192, hostMemory: 2048, efa: 8, network: figure(3200, 'efa') },
    prices: [price(113.93, 'costExplorer', 'us-east-2')],
  },
  'p6-b300.48xlarge': {
    ...{ chip: 'b300', chips: 8, vcpus: 192, hostMemory: 4096, efa: 16, network: figure(6400, 'efa') },
    prices: [price(142.42, 'vantage', 'us-west-2')],
  },
  'p6e-gb200.36xlarge': { chip: 'gb200', chips: 4, efa: 4, network: figure(1600, 'efa') },
  'g5.xlarge': {
    chip: 'a10g',
    chips: 1,
    vcpus: 4,
    hostMemory: 16,
    efa: 0,
    prices: [price(1.006, 'skypilot')],
  },
  'g5.12xlarge': {
    ...{ chip: 'a10g', chips: 4, vcpus: 48, hostMemory: 192, efa: 0, prices: [price(5.672, 'skypilot')] },
  },
  'g5.48xlarge': {
    ...{ chip: 'a10g', chips: 8, vcpus: 192, hostMemory: 768, prices: [price(16.288, 'skypilot')] },
  },
  'g6.xlarge': { chip: 'l4', chips: 1, vcpus: 4, hostMemory: 16, efa: 0, prices: [price(0.805, 'skypilot')] },
  'g6.12xlarge': {
    ...{ chip: 'l4', chips: 4, vcpus: 48, hostMemory: 192, prices: [price(4.602, 'skypilot')] },
  },
  'g6.48xlarge': {
    ...{ chip: 'l4', chips: 8, vcpus: 192, hostMemory: 768, prices: [price(13.35, 'skypilot')] },
  },
  'g6e.xlarge': {
    chip: 'l40s',
    chips: 1,
    vcpus: 4,
    hostMemory: 32,
    efa: 0,
    prices: [price(1.861, 'skypilot')],
  },
  'g6e.48xlarge': {
    ...{ chip: 'l40s', chips: 8, vcpus: 192, hostMemory: 1536, prices: [price(30.131, 'skypilot')] },
  },
};

/** Machines of which only the topology is public: an engine needs EC2's name as well (`--instance-type`). */
const unnamed: Readonly<Record<string, Instance>> = {
  'trn3-gen1': {
    ...{
      chip: 'trainium3',
      chips: 16,
      vcpus: 192,
      hostMemory: 2048,
      network: figure(3200, 'trn3'),
      prices: [],
    },
    note: 'a server of a Trn3 Gen1 UltraServer of 4; no EC2 name and no price are public',
  },
  'trn3-gen2': {
    ...{ chip: 'trainium3', chips: 4, vcpus: 64, hostMemory: 768, network: figure(800, 'trn3'), prices: [] },
    note: 'a server of a Trn3 Gen2 UltraServer of 36; no EC2 name and no price are public',
  },
};

export const instances: Readonly<Record<string, Instance>> = {
  ...Object.fromEntries(
    Object.entries(named).map(([name, instance]) => [
      name,
      { ...instance, instanceType: name, prices: [...(instance.prices ?? [])] },
    ]),
  ),
  ...unnamed,
};
