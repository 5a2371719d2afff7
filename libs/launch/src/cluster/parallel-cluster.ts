/**
 * The configuration file of an AWS ParallelCluster with Slurm: a queue for each kind of accelerator, one of CPUs that
 * compiles and generates datasets, a file system that all of them see. `pcluster create-cluster` takes it.
 * AWS ParallelCluster documentation, "Cluster configuration file", version 3.
 */
import { z } from 'zod';
import type { Machine } from '../catalogue/catalogue.ts';

const id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]+$`), `give an id such as "${prefix}-0123456789abcdef0"`);
const instanceType = z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'give EC2’s name, such as "m7i.2xlarge"');

/** How machines are paid for. */
export const capacities = ['on-demand', 'spot', 'capacity-block'] as const;

export const parallelClusterSchema = z
  .strictObject({
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'give a region such as "us-east-2"'),
    /** Of the head node; it has a way to the Internet. */
    subnet: id('subnet'),
    /** Of the other machines; that of the head node unless given. Machines with several network cards have no public address. */
    computeSubnet: id('subnet').optional(),
    /** Name of a key pair of EC2, to log in. */
    key: z.string().min(1).optional(),
    os: z.string().default('ubuntu2204'),
    /** An image with the drivers, as `pcluster build-image` makes one. */
    ami: id('ami').optional(),
    /** A script that each machine runs when it starts: s3:// or https://. */
    setup: z
      .string()
      .regex(/^(s3|https):\/\/\S+$/, 'give an s3:// or https:// address')
      .optional(),
    head: instanceType.default('m7i.2xlarge'),
    cpu: instanceType.default('c7i.8xlarge'),
    cpuNodes: z.int().positive().max(1000).default(8),
    /** Where all machines see the file system (FSx for Lustre). */
    mount: z
      .string()
      .regex(/^\/[\w/-]+$/, 'give an absolute path')
      .default('/fsx'),
    /** GiB */
    storage: z
      .int()
      .refine(
        (size) => size === 1200 || (size > 0 && size % 2400 === 0),
        'FSx takes 1200, or multiples of 2400',
      )
      .default(1200),
    capacity: z.enum(capacities).default('on-demand'),
    /** Of a capacity block or a reservation. */
    reservation: id('cr').optional(),
  })
  .refine(({ capacity, reservation }) => capacity !== 'capacity-block' || reservation !== undefined, {
    path: ['reservation'],
    message: 'a capacity block has an id, "cr-..."; give it',
  })
  .refine(({ capacity, reservation }) => capacity !== 'spot' || reservation === undefined, {
    path: ['reservation'],
    message: 'spot machines are not reserved; leave it out',
  });
export type ParallelCluster = z.infer<typeof parallelClusterSchema>;

/** Machines of one kind: a queue. */
export interface Queue {
  readonly machine: Machine;
  readonly nodes: number;
  /** EC2's name, where the catalogue knows none. */
  readonly instanceType?: string | undefined;
}

/** s between SIGTERM and SIGKILL, in which a training writes a checkpoint; Slurm's default is 30. */
const KILL_WAIT = 300;

/**
 * @returns the file as a value, for YAML
 * @throws when EC2's name of a machine is not known, two queues would have one name, or one reservation
 */
export function parallelCluster(cluster: ParallelCluster, queues: readonly Queue[]): object {
  const names = queues.map(({ machine }) => queueName(machine));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`queue "${twice}": two machines would share it; name each once`);
  if (cluster.reservation !== undefined && queues.length > 1)
    throw new Error(
      `reservation ${cluster.reservation}: it holds machines of one kind, and there are ${names.join(', ')}; name one`,
    );
  return {
    Region: cluster.region,
    Image: { Os: cluster.os, ...(cluster.ami !== undefined && { CustomAmi: cluster.ami }) },
    HeadNode: {
      InstanceType: cluster.head,
      Networking: { SubnetId: cluster.subnet },
      ...(cluster.key !== undefined && { Ssh: { KeyName: cluster.key } }),
    },
    Scheduling: {
      Scheduler: 'slurm',
      SlurmSettings: { CustomSlurmSettings: [{ KillWait: KILL_WAIT }] },
      SlurmQueues: [...queues.map((queue) => accelerated(cluster, queue)), cpus(cluster)],
    },
    SharedStorage: [
      {
        Name: 'shared',
        StorageType: 'FsxLustre',
        MountDir: cluster.mount,
        FsxLustreSettings: {
          ...{ StorageCapacity: cluster.storage, DeploymentType: 'PERSISTENT_2' },
          PerUnitStorageThroughput: 250,
        },
      },
    ],
  };
}

/** "trn2-48xlarge": what `launch.slurm.partition` names. */
export function queueName({ name }: Machine): string {
  return name.replaceAll(/[^a-z0-9]+/g, '-');
}

function accelerated(cluster: ParallelCluster, { machine, nodes, instanceType: given }: Queue): object {
  const { instance } = machine;
  const type = given ?? instance.instanceType;
  if (type === undefined)
    throw new Error(
      `target ${machine.name}: EC2’s name for it is not public; give yours as "instanceType" (--instance-type)`,
    );
  const block = cluster.capacity === 'capacity-block';
  return {
    ...queue(cluster, queueName(machine), capacityTypes[cluster.capacity]),
    ComputeResources: [
      {
        ...{ Name: queueName(machine), InstanceType: type },
        // What a block holds is there from its start to its end.
        ...{ MinCount: block ? nodes : 0, MaxCount: nodes },
        ...((instance.efa ?? 0) > 0 && { Efa: { Enabled: true } }),
        ...(cluster.reservation !== undefined && {
          CapacityReservationTarget: { CapacityReservationId: cluster.reservation },
        }),
      },
    ],
    Networking: {
      SubnetIds: [cluster.computeSubnet ?? cluster.subnet],
      // A block lies close together by itself, and another group may not fit into it.
      PlacementGroup: { Enabled: !block && nodes > 1 && (instance.efa ?? 0) > 0 },
    },
  };
}

const capacityTypes = { 'on-demand': 'ONDEMAND', spot: 'SPOT', 'capacity-block': 'CAPACITY_BLOCK' } as const;

/** Compiles, and generates datasets. */
function cpus(cluster: ParallelCluster): object {
  return {
    ...queue(cluster, 'cpu', 'ONDEMAND'),
    ComputeResources: [{ Name: 'cpu', InstanceType: cluster.cpu, MinCount: 0, MaxCount: cluster.cpuNodes }],
    Networking: { SubnetIds: [cluster.computeSubnet ?? cluster.subnet] },
  };
}

function queue({ setup }: ParallelCluster, name: string, capacity: string): object {
  return {
    ...{ Name: name, CapacityType: capacity },
    // GiB: images with drivers and compilers are large.
    ComputeSettings: { LocalStorage: { RootVolume: { Size: 200 } } },
    ...(setup !== undefined && { CustomActions: { OnNodeConfigured: { Script: setup } } }),
  };
}
