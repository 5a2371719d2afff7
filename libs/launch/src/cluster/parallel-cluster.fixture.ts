/** Clusters as text, by name: what tests hold against their golden files and against ParallelCluster's own schema. */
import { stringify } from 'yaml';
import { machineOf } from '../catalogue/catalogue.ts';
import { parallelCluster, parallelClusterSchema, type Queue } from './parallel-cluster.ts';

const place = { region: 'us-east-2', subnet: 'subnet-0123456789abcdef0', key: 'me' };
const queue = (name: string, nodes: number): Queue => ({ machine: machineOf(name), nodes });
const text = (more: object, queues: readonly Queue[]) =>
  stringify(parallelCluster(parallelClusterSchema.parse({ ...place, ...more }), queues), { lineWidth: 0 });

export const clusterExamples: Readonly<Record<string, string>> = {
  'parallelcluster-trn1-p5': text(
    { computeSubnet: 'subnet-0fedcba9876543210', setup: 's3://worlds/setup.sh' },
    [queue('trn1.32xlarge', 16), queue('p5.48xlarge', 4)],
  ),
  'parallelcluster-trn2-block': text(
    {
      capacity: 'capacity-block',
      reservation: 'cr-0123456789abcdef0',
      ami: 'ami-0123456789abcdef0',
      storage: 4800,
    },
    [queue('trn2.48xlarge', 4)],
  ),
  'parallelcluster-g6-spot': text({ capacity: 'spot' }, [queue('g6.xlarge', 2)]),
};
