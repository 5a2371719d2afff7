import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machineOf } from '../catalogue/catalogue.ts';
import { parallelCluster, parallelClusterSchema } from './parallel-cluster.ts';
import { clusterExamples } from './parallel-cluster.fixture.ts';

const golden = fileURLToPath(new URL('../../golden/', import.meta.url));
const place = { region: 'us-east-2', subnet: 'subnet-0123456789abcdef0' };

test.each(Object.entries(clusterExamples))('%s is as it was read last', async (name, text) => {
  await expect(text).toMatchFileSnapshot(join(golden, name, 'cluster.yaml'));
});

describe('refused', () => {
  test.each<[string, object, RegExp]>([
    ['a capacity block without its id', { capacity: 'capacity-block' }, /a capacity block has an id/],
    ['spot machines of a reservation', { capacity: 'spot', reservation: 'cr-1' }, /are not reserved/],
    ['a size that FSx does not have', { storage: 1300 }, /1200, or multiples of 2400/],
    ['a subnet that is none', { subnet: 'vpc-1' }, /such as "subnet-/],
    [
      'a script that machines cannot read',
      { setup: '/home/me/setup.sh' },
      /an s3:\/\/ or https:\/\/ address/,
    ],
  ])('%s', (_, more, message) => {
    const { error } = parallelClusterSchema.safeParse({ ...place, ...more });
    expect(error?.issues.map((issue) => issue.message).join()).toMatch(message);
  });

  test('a machine that EC2 has no public name for, until it is given; the same one twice', () => {
    const cluster = parallelClusterSchema.parse(place);
    const machine = machineOf('trn3-gen1');
    expect(() => parallelCluster(cluster, [{ machine, nodes: 2 }])).toThrow('--instance-type');
    expect(
      JSON.stringify(parallelCluster(cluster, [{ machine, nodes: 2, instanceType: 'trn3.example' }])),
    ).toContain('"InstanceType":"trn3.example"');
    const trn1 = { machine: machineOf('trn1.32xlarge'), nodes: 2 };
    expect(() => parallelCluster(cluster, [trn1, trn1])).toThrow('queue "trn1-32xlarge"');
  });

  test('a reservation for machines of two kinds', () => {
    const cluster = parallelClusterSchema.parse({ ...place, reservation: 'cr-1' });
    const queues = ['trn1.32xlarge', 'g6.xlarge'].map((name) => ({ machine: machineOf(name), nodes: 2 }));
    expect(() => parallelCluster(cluster, queues)).toThrow(
      'reservation cr-1: it holds machines of one kind, and there are trn1-32xlarge, g6-xlarge; name one',
    );
  });
});
