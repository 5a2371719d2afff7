/** `datasets/README.md`: all datasets on one page, each with its picture, what varies in it, and its splits. */
import { datasetSpecSchema, type DatasetDefinition } from '@orrery/dataset';
import { sceneDefinition, type Range } from '@orrery/scene';
import { shownRange, table, withTables } from './tables.ts';

/** @param readme what stands in datasets/README.md */
export function withOverview(readme: string, datasets: readonly DatasetDefinition[]): string {
  const rows = datasets.map((definition) => {
    const { name, description } = definition;
    return [
      `**[${name}](${name}/README.md)**<br>${description}`,
      `<img src="${name}/contact-sheet.png" alt="frames of ${name}" width="360">`,
      factors(definition).join('<br>'),
      further(definition).join('<br>'),
    ];
  });
  const head = ['dataset', 'picture', 'factor: train and test → `ood-<factor>`', 'besides'];
  return withTables(readme, table([head, ...rows]));
}

function factors({ sizes }: DatasetDefinition): string[] {
  const { scene, sceneConfig } = datasetSpecSchema.parse(sizes['tiny']);
  const definition = sceneDefinition(scene);
  const config = definition.config.parse(sceneConfig);
  return Object.entries(definition.factors).map(([factor, { unit }]) => {
    const inside = (config as unknown as Record<string, Range>)[factor]!;
    return `\`${factor}\` ${shownRange(inside)} → ${shownRange(config.shifts[factor]!)}${unit === '1' ? '' : ` ${unit}`}`;
  });
}

/** What a dataset has besides train, test and a split a factor. */
function further({ sizes }: DatasetDefinition): string[] {
  const { variants = [], policies } = sceneDefinition(datasetSpecSchema.parse(sizes['tiny']).scene);
  return [
    ...(policies ? ['actions, by a scripted or a random policy'] : []),
    ...variants.map((variant) => `\`pairs-${variant}\``),
  ];
}
