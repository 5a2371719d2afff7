/** `orrery cluster`: the file from which AWS ParallelCluster makes a Slurm cluster that `orrery launch` can use. */
import { resolve } from 'node:path';
import { capacities, catalogue, parallelCluster, parallelClusterSchema, queueName } from '@orrery/launch';
import { writeFileAtomic } from '@orrery/storage';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { UsageError } from '../errors.ts';
import { describeIssues } from '../issues.ts';
import { printResult, withOutputOptions, type OutputOptions } from '../output.ts';
import { readOverrides } from '../overrides.ts';
import { integerOption } from '../places.ts';
import { targetMachine } from '../target-machine.ts';

interface ClusterOptions extends OutputOptions {
  readonly target: string;
  readonly nodes: number;
  readonly instanceType?: string;
  readonly catalogue?: string;
  readonly out?: string;
}

export function addCluster(program: Command): void {
  const command = program
    .command('cluster')
    .description(
      'the file of an AWS ParallelCluster: Slurm with a queue a machine, one of CPUs, and a shared file system',
    )
    .requiredOption('--target <machines>', 'of the catalogue, with commas between: a queue each')
    .requiredOption('--region <name>', 'of AWS')
    .requiredOption('--subnet <id>', 'of the head node')
    .option(
      '--compute-subnet <id>',
      'of the other machines, private where they have several network cards (default: --subnet)',
    )
    .option('--nodes <number>', 'machines of a queue at most', integerOption('--nodes', 1, 1000), 4)
    .option('--capacity <kind>', `how they are paid for: ${capacities.join(', ')}`)
    .option('--reservation <id>', 'of a capacity block, or a reservation')
    .option('--key <name>', 'key pair of EC2, to log in')
    .option('--ami <id>', 'image with the drivers (of "pcluster build-image")')
    .option('--setup <address>', 'script that each machine runs when it starts, s3:// or https://')
    .option('--storage <GiB>', 'of the shared file system', integerOption('--storage', 1200, 1_000_000))
    .option('--instance-type <name>', 'EC2’s name, where the catalogue knows none (Trn3)')
    .option('--catalogue <file>', 'YAML or JSON with "chips" and "instances": machines of your own')
    .option('--out <file>', 'write it there (default: standard output)');
  withOutputOptions(command)
    .addHelpText(
      'after',
      `
Machines of Neuron need its driver and tools: an image built on AWS's Deep Learning AMI for Neuron (--ami), or a script that
installs them (--setup). Stopped jobs have 300 s to write a checkpoint, in place of Slurm's 30. The file was held against
ParallelCluster's own schema; no cluster was made from it by this project.

Example:
  orrery cluster --target trn2.48xlarge --nodes 4 --region us-east-2 --subnet subnet-0123456789abcdef0 --out cluster.yaml
  pcluster create-cluster --cluster-name worlds --cluster-configuration cluster.yaml`,
    )
    .action(cluster);
}

async function cluster({
  out,
  target,
  nodes,
  instanceType,
  catalogue: file,
  json,
  ...rest
}: ClusterOptions): Promise<void> {
  const known = catalogue(await readOverrides(file));
  const machines = target.split(',').map((name) => targetMachine(name, known));
  if (instanceType !== undefined && machines.every(({ instance }) => instance.instanceType !== undefined))
    throw new UsageError(`--instance-type ${instanceType}: EC2’s name of ${target} is known; leave it out`);
  const { verbose: _, ...place } = rest as Record<string, unknown>;
  const read = parallelClusterSchema.safeParse(place);
  if (!read.success) throw new UsageError(describeIssues(read.error, place, []));
  const value = parallelCluster(
    read.data,
    machines.map((machine) => ({
      ...{ machine, nodes },
      ...(machine.instance.instanceType === undefined && { instanceType }),
    })),
  );
  const text = stringify(value, { lineWidth: 0 });
  if (out === undefined) return printResult({ json }, value, text.trimEnd());
  await writeFileAtomic(resolve(out), text);
  const queues = [...machines.map(queueName), 'cpu'];
  printResult({ json }, { file: out, queues }, `cluster   ${out}: queues ${queues.join(', ')}`);
}
