/** The shell commands that make a run and its evaluation again. */
import { generateCommand, type Manifest } from '@orrery/dataset';
import { family } from '@orrery/models';
import { trainingSchema, type Run } from '@orrery/train';

/** @param name of the run */
export function reproducingCommands(name: string, run: Run, manifest: Manifest): string[] {
  return [generateCommand(manifest), trainCommand(run, name), `orrery evaluate ${quoted(name)}`];
}

/** @param name of the run, which otherwise gets that of its dataset, family and seed */
export function trainCommand(
  { family: familyName, config, training: all, dataset }: Run,
  name?: string,
): string {
  const { seed, ...training } = all;
  const chosen = family(familyName);
  const { seed: _seed, ...trainingDefaults } = trainingSchema.parse(chosen.training ?? {});
  const settings = [
    ...changed('model', config, chosen.config.parse({}) as Record<string, unknown>),
    ...changed('training', training, trainingDefaults),
  ];
  const words = [
    ...['orrery', 'train', dataset.name, '--size', dataset.size, '--family', familyName],
    ...(name === undefined ? [] : ['--run', name]),
    ...['--seed', String(seed)],
    ...settings.flatMap((setting) => ['--set', setting]),
  ];
  return words.map(quoted).join(' ');
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
