/** The shell commands that make a run and its evaluation again. */
import { generateCommand, type Manifest } from '@orrery/dataset';
import { family } from '@orrery/models';
import { trainingSchema, type Run } from '@orrery/train';

/** @param name of the run */
export function reproducingCommands(name: string, run: Run, manifest: Manifest): string[] {
  const { seed, ...training } = run.training;
  const chosen = family(run.family);
  const { seed: _seed, ...trainingDefaults } = trainingSchema.parse(chosen.training ?? {});
  const settings = [
    ...changed('model', run.config, chosen.config.parse({}) as Record<string, unknown>),
    ...changed('training', training, trainingDefaults),
  ];
  const train = [
    ...['orrery', 'train', run.dataset.name, '--size', run.dataset.size],
    ...['--family', run.family, '--run', name, '--seed', String(seed)],
    ...settings.flatMap((setting) => ['--set', setting]),
  ];
  return [generateCommand(manifest), train.map(quoted).join(' '), `orrery evaluate ${quoted(name)}`];
}

/** "model.width=48" for each value that is not the default. */
function changed(
  prefix: string,
  values: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(values)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]))
    .map(([name, value]) => `${prefix}.${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
