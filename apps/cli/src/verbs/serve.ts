/** `orrery serve`: a trained model's imagination over HTTP, on the machines of a cluster. */
import { engineNames, submit } from '@orrery/launch';
import { precisions } from '@orrery/graph';
import { Option, type Command } from 'commander';
import { unknown, UsageError } from '../errors.ts';
import { printResult, withOutputOptions } from '../output.ts';
import { readOverrides } from '../overrides.ts';
import { integerOption, placeName } from '../places.ts';
import { servingJob, type ServeOptions } from '../serve-job.ts';
import { withSettings } from '../settings.ts';
import { printPlan, refuseProblems } from './launch.ts';

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('answer over HTTP with what a trained model imagines, on a cluster of Kubernetes')
    .argument(
      '<run>',
      'name of a run under runs/, or its folder; or the folder of a bundle with trained weights',
    )
    .requiredOption('--on <engine>', 'kubernetes: the only one whose jobs last')
    .option('--target <machine>', 'a machine of the catalogue (see "orrery plan --help"), or cpu', 'cpu')
    .option('--catalogue <file>', 'YAML or JSON with "chips" and "instances": machines of your own')
    .option('--instance-type <name>', 'EC2’s name, where the catalogue knows none (Trn3)')
    .option('--replicas <number>', 'servers', integerOption('--replicas', 1, 1000), 1)
    .option(
      '--chips <number>',
      'of a server; each of their devices has a copy of the model',
      integerOption('--chips', 1, 64),
      1,
    )
    .option(
      '--batch <number>',
      'clips that a device computes at once, of a run',
      integerOption('--batch', 1, 65536),
      1,
    )
    .addOption(
      new Option('--precision <dtype>', 'of the factors of products, of a run')
        .choices(precisions)
        .default('f32'),
    )
    .option('--last', 'the newest checkpoint of a run (default: the one with the lowest validation loss)')
    .option('--shared <folder>', 'where the machines see one file system (default: they see this one)')
    .option('--dry-run', 'print the files and commands; write and submit nothing');
  withOutputOptions(withSettings(command, 'launch.kubernetes.namespace=worlds'))
    .addHelpText(
      'after',
      `
Settings are "launch.<key>": "launch.kubernetes.image" (with Python and what the bundle's requirements.txt names) and
"launch.kubernetes.volumeClaim" must be said; there are "launch.cache" (a folder of the volume, which keeps compiled
programs), "launch.job.limits.<clips, steps, bytes or requests>", "launch.job.grace", "launch.job.memory" (GiB), "launch.cpus",
"launch.kubernetes.<namespace, mount, user, ...>", "launch.name". "status", "logs" and "stop" take <run>.serve. The same command
again changes what is there, one server after the other. The server has no passwords: put what has them in front.

On this machine: orrery export <run> --format stablehlo --out bundle, then python bundle/serve.py bundle --weights runs/<run>

Tried here: the server, on CPUs. The manifests are held against the schemas of Kubernetes, and met no cluster.

Example:
  orrery serve bounce-residual-conv-seed0 --on kubernetes --target trn2.3xlarge --replicas 2 --shared /shared \\
    --set launch.kubernetes.image=registry.example/orrery:1 --set launch.kubernetes.volumeClaim=fsx --dry-run
  kubectl port-forward service/bounce-residual-conv-seed0 8000:80`,
    )
    .action(serve);
}

async function serve(run: string, options: ServeOptions): Promise<void> {
  const engine = engineNames.find((known) => known === options.on);
  if (!engine) throw new UsageError(unknown('engine', options.on, ['kubernetes']));
  // Others would ask for settings first, and say this then.
  if (engine !== 'kubernetes')
    throw new UsageError(`--on ${engine}: its jobs end, and a service lasts; serve with --on kubernetes`);
  const overrides = await readOverrides(options.catalogue);
  const { spec, folder, home, ...job } = await servingJob(run, engine, options, overrides);
  const launched = { spec, folder, overrides };
  refuseProblems(launched);
  if (options.dryRun) return printPlan(launched, options);
  await job.prepare();
  const record = await submit(home, launched, { uploads: job.uploads });
  printResult(
    options,
    { home, record },
    `serving   ${spec.name} on ${engine}, once its servers are ready\n          orrery status ${placeName(home)}`,
  );
}
