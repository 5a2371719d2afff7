/** The part of a table's README that comes from its results.json. */
import { resultsTable, sanityTable } from './text.ts';
import type { Results } from './schema.ts';

const [BEGIN, END] = ['<!-- results: written by "npm run datasheets" -->', '<!-- /results -->'];

/**
 * A README with its results put in anew.
 * @throws when it has no place for them
 */
export async function withResults(readme: string, results: Results): Promise<string> {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(
      `README of table "${results.table}": no lines "${BEGIN}" and "${END}" in this order; add them`,
    );
  const text = `${readme.slice(0, begin + BEGIN.length)}\n\n${resultsMarkdown(results)}\n\n${readme.slice(end)}`;
  return pretty(text, 'markdown');
}

export function resultsMarkdown(results: Results): string {
  const { machine, seeds, revision, wallSeconds, cpuSeconds, figures, remarks, charts } = results;
  const held = figures.filter(({ holds }) => holds).length;
  return [
    markdownTable(resultsTable(results)),
    `Mean ± standard deviation over seeds ${seeds.join(', ')}; ${Math.round(wallSeconds)} s in all, of which the ${machine.cores} cores (${machine.processor}) worked ${Math.round(cpuSeconds)} s for it (Node ${machine.node}, onnxruntime ${machine.onnxruntime}, revision \`${revision}\`). Time a seed is that of one training on one core.`,
    ...remarks,
    ...(figures.length === 0
      ? []
      : [
          `Of ${figures.length} bounds ${held} hold:`,
          markdownTable([
            ['bound', 'reached', 'must be', ''],
            ...figures.map(({ name, value, bound, holds }) => [
              ...[
                name,
                value === null ? '–' : value.toPrecision(4),
                bound ?? '–',
                holds ? 'holds' : '**missed**',
              ],
            ]),
          ]),
        ]),
    'The data, before anything is trained:',
    markdownTable(sanityTable(results)),
    ...charts.map(({ name, title }) => `![${title}](${name}.svg)`),
  ].join('\n\n');
}

/** results.json as it is committed. */
export function resultsJson(results: Results): Promise<string> {
  return pretty(JSON.stringify(results), 'json');
}

function markdownTable([head, ...body]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

/** As this repository formats its files. */
async function pretty(text: string, parser: string): Promise<string> {
  // Loaded when it is needed: it is large, and every verb of the command imports this room.
  const { format, resolveConfig } = await import('prettier');
  const config = await resolveConfig(new URL('../../package.json', import.meta.url));
  return format(text, { ...config, parser });
}
