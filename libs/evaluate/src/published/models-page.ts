/** `datasets/<name>/models/README.md`: the trained models that are published with a dataset, what they reach, how they were made. */
import type { Run } from '@orrery/train';
import { trainCommand } from '../commands.ts';
import { formatQuantity, fromQuantity, type Scorecard } from '../scorecard/schema.ts';
import { summaryTable } from '../scorecard/summary.ts';

export interface PublishedModel {
  /** Its folder's name. */
  readonly name: string;
  readonly run: Run;
  readonly scorecard: Scorecard;
}

/** @returns Markdown */
export function modelsPage(dataset: string, models: readonly PublishedModel[]): string {
  return [
    `# Models of ${dataset}`,
    `Trained on [${dataset}](../README.md) and small enough to come with it: weights, settings and scorecard, each as a run folder
that every verb takes. Evaluate one on data that you made yourself (\`npx orrery generate ${dataset} --size small\` first),
put it beside your own run with \`orrery compare\`, or look at its futures with \`orrery view\`. This page is written by
\`npm run datasheets\`.`,
    ...models.map((model) => section(dataset, model)),
  ].join('\n\n');
}

function section(dataset: string, { name, run, scorecard }: PublishedModel): string {
  const { protocol, figures, cost, checkpoint } = scorecard;
  const folder = `datasets/${dataset}/models/${name}`;
  const bounds = figures.filter(({ bound }) => bound !== null);
  const held = bounds.filter(({ holds }) => holds);
  const flops = `${formatQuantity(fromQuantity(cost.flopsPerFrame) / 1e6, 0)} MFLOP a frame`;
  const rows = bounds.map(({ name: what, value, unit, bound, holds }) => [
    `\`${what}\``,
    `${formatQuantity(value, 3)} ${unit}`,
    `${bound}`,
    holds ? 'holds' : '**misses**',
  ]);
  return [
    `## ${name}`,
    `${run.parameters.toLocaleString('en')} parameters after ${checkpoint.step} updates, ${flops}. ${protocol.rollouts} rollouts from ${protocol.episodes} held-out episodes of size \`${run.dataset.size}\`, seed ${run.dataset.seed}; ${protocol.context} frames are given${protocol.follows === 'states' ? ' as states, as are positions' : ''}, and "1–${protocol.horizon}" is the mean over the ${protocol.horizon} frames that follow.`,
    table(summaryTable(scorecard)),
    `${held.length} of ${bounds.length} bounds hold (names: metric, where it is read, what it is held against):`,
    table([['bound', 'reached', 'must be', ''], ...rows]),
    fenced([
      `# measure it anew`,
      `npx orrery evaluate ${folder}`,
      `# train it anew`,
      `npx ${trainCommand(run)}`,
    ]),
  ].join('\n\n');
}

function table([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const fenced = (lines: readonly string[]) => ['```sh', ...lines, '```'].join('\n');
