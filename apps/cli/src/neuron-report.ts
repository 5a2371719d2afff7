/** `orrery doctor --target`: what the Neuron compiler will say about a recipe, by its rules as data. */
import { neuronReport, primitives, programNames, type NeuronReport } from '@orrery/launch';
import { families } from '@orrery/models';
import {
  features,
  neuronTargets,
  oldestSdk,
  rulesOf,
  verdicts,
  type Finding,
  type Rule,
} from '@orrery/neuron';
import { unknown, UsageError } from './errors.ts';
import { judge, printResult, type Figure, type OutputOptions } from './output.ts';
import type { SettingSources } from './settings.ts';
import { formatTable } from './table.ts';
import { trainingSettings } from './verbs/train.ts';
import { datasetSpec } from './verbs/generate.ts';
import { worldOf } from './world.ts';

export interface NeuronOptions extends OutputOptions, SettingSources {
  readonly target: string;
  readonly model?: string | undefined;
  readonly dataset: string;
  readonly size: string;
}

const UNTRIED =
  `These are the rules that AWS documents for Neuron SDK ${rulesOf.sdk}, read ${rulesOf.read}, and issues that were open then. ` +
  `They were not tried on a Trainium: the compiler has the last word. SDK ${oldestSdk} or newer is needed.`;

/** Prints it; exits with 1 where something is refused that nothing rewrites. */
export async function doctorTarget(options: NeuronOptions): Promise<void> {
  const target = neuronTargets.find((known) => known === options.target);
  if (!target) throw new UsageError(unknown('target', options.target, neuronTargets));
  const spec = await datasetSpec(options.dataset, options.size);
  const names = options.model === undefined ? Object.keys(families) : [options.model];
  const requests = await Promise.all(
    names.map(async (family) => {
      const { model, training } = await trainingSettings(family, 0, options);
      const world = worldOf(spec, families[family]!);
      return { family, config: model, training, world };
    }),
  );
  const worlds = Object.fromEntries(requests.map(({ family, world }) => [family, world]));
  const reports = requests.map((request) => neuronReport(request, target));
  const needed = Object.fromEntries(requests.map((request) => [request.family, primitives(request)]));
  const figures = reports.map(asFigure);
  const beyond = features.map(({ name, rules }) => ({ name, ...rules[target] }));
  const text = [
    ...reports.map(describeReport),
    describePrimitives(needed),
    ...(options.model === undefined ? [describeFeatures(beyond)] : []),
    UNTRIED,
  ];
  printResult(
    options,
    { target, worlds, rules: rulesOf, reports, primitives: needed, features: beyond, figures },
    text.join('\n\n'),
  );
  judge(figures);
}

function asFigure({ family, target, remaining }: NeuronReport): Figure {
  const refused = programNames.flatMap((name) =>
    remaining[name].filter(({ verdict }) => verdict === 'refused'),
  );
  const count = refused.reduce((sum, finding) => sum + finding.count, 0);
  const name = `${family} on ${target}: nodes refused after rewriting`;
  return { name, value: count, unit: '', bound: '= 0', holds: count === 0 };
}

function describeReport({ family, target, programs, remaining }: NeuronReport): string {
  const total = (findings: readonly Finding[], verdict: string) =>
    findings.filter((finding) => finding.verdict === verdict).reduce((sum, { count }) => sum + count, 0);
  const counts = programNames.map((name) => [
    name,
    ...verdicts.map((verdict) => String(total(programs[name], verdict))),
    String(remaining[name].reduce((sum, { count }) => sum + count, 0)),
  ]);
  const rows = new Map<string, { finding: Finding; counts: Partial<Record<string, number>> }>();
  for (const name of programNames) {
    for (const finding of programs[name]) {
      const key = [verdicts.indexOf(finding.verdict), finding.op, finding.dtype, finding.why].join(' ');
      const row = rows.get(key) ?? { finding, counts: {} };
      row.counts[name] = finding.count;
      rows.set(key, row);
    }
  }
  const lines = [...rows.values()]
    .sort((a, b) => verdicts.indexOf(b.finding.verdict) - verdicts.indexOf(a.finding.verdict))
    .map(({ finding: { op, dtype, verdict, code, why }, counts: found }) => [
      ...[op, dtype, ...programNames.map((name) => String(found[name] ?? '–'))],
      ...[verdict, code === undefined ? why : `${code}: ${why}`],
    ]);
  return [
    `${family} on ${target}: nodes by verdict`,
    formatTable([['program', ...verdicts, 'left after rewriting'], ...counts]),
    '',
    formatTable([['op', 'dtype', ...programNames, 'verdict', 'why'], ...lines]),
  ].join('\n');
}

/** What lowering and sharding must keep from saying. */
function describeFeatures(beyond: readonly (Rule & { readonly name: string })[]): string {
  const rows = beyond.map(({ name, verdict, code, why }) => [
    ...[name, verdict, code === undefined ? why : `${code}: ${why}`],
  ]);
  return `what the compiler says of StableHLO beyond these ops\n${formatTable([['feature', 'verdict', 'why'], ...rows])}`;
}

/** A row a primitive, a column a family. */
function describePrimitives(needed: Readonly<Record<string, ReturnType<typeof primitives>>>): string {
  const names = Object.keys(needed);
  const ops = [...new Set(names.flatMap((name) => Object.keys(needed[name]!)))].sort();
  const rows = ops.map((op) => [op, ...names.map((name) => String(needed[name]![op as 'add'] ?? '–'))]);
  return `primitives that a machine must have, and how often each is in train, encode and step\n${formatTable([['op', ...names], ...rows])}`;
}
