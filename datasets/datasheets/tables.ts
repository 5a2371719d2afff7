/** The part of a datasheet that the program writes: sizes, factors, splits, actions, arrays, and how to read them. */
import { readFileSync } from 'node:fs';
import {
  arrayTable,
  datasetSpecSchema,
  manifestArrays,
  type DatasetDefinition,
  type Manifest,
} from '@orrery/dataset';
import { sceneDefinition, type Range } from '@orrery/scene';

const BEGIN = '<!-- written by "npm run datasheets" from here';
const END = 'to here -->';

/**
 * A README with the written part put in its place, between its two comments, or at its end where it has none.
 * @param hand the whole README, or its part that is written by hand
 */
export function withTables(hand: string, tables: string): string {
  const [before, rest] = hand.split(BEGIN) as [string, string | undefined];
  const after = rest?.split(END)[1] ?? '\n';
  return `${before.trimEnd()}\n\n${BEGIN} -->\n\n${tables.trim()}\n\n<!-- ${END}${after}`;
}

/** @param manifest of `tiny` */
export function datasheetTables(definition: DatasetDefinition, manifest: Manifest): string {
  const { name, sizes } = definition;
  const { spec, factors, splits, actions, bodies, dt } = manifest;
  const factor = Object.keys(factors)[0];
  const example = readFileSync(new URL('../example.py', import.meta.url), 'utf8');
  return `
## Sizes

${spec.width}x${spec.height} pixels, ${number(1 / dt)} frames a second. \`shifted\` counts the episodes of each out-of-distribution split${
    Object.values(splits).some(({ variant }) => variant !== undefined)
      ? ', `pairs` the pairs of each variant'
      : ''
  }.

${table([
  ['size', 'train', 'test', 'shifted', 'pairs', 'frames', 'for'],
  ...Object.entries(sizes).map(([size, given]) => {
    const { episodes, frames } = datasetSpecSchema.parse(given);
    const purpose = { tiny: 'tests', small: 'a laptop', full: 'research' }[size] ?? '';
    return [
      size,
      ...[episodes.train, episodes.test, episodes.shifted, episodes.pairs, frames].map(String),
      purpose,
    ];
  }),
])}

\`\`\`sh
npx orrery generate ${name} --size small --seed 0
\`\`\`

Optical flow is drawn on request: \`--set 'pictures=["rgb","depth","segmentation","flow"]' --out <folder>\`.

## What varies

${table([
  ['factor', 'unit', 'train and test', 'its own split', 'meaning'],
  ...Object.entries(factors).map(([factor, { unit, range: inside, shifted, description }]) => [
    `\`${factor}\``,
    unit,
    shownRange(inside),
    shownRange(shifted),
    description,
  ]),
])}

Splits, in the order of their episodes: ${Object.keys(splits)
    .map((split) => `\`${split}\``)
    .join(', ')}. In \`ood-<factor>\` that factor alone is drawn from its own range.${
    Object.values(splits).some(({ variant }) => variant !== undefined)
      ? ' In `pairs-<variant>` episodes come two by two from the same draw: the first as it is, the second with what the name says, which mechanics does not allow.'
      : ''
  }

A factor is a setting, such as \`--set 'sceneConfig.${factor}=[low, high]'\`, and \`sceneConfig.shifts.${factor}\` for its own
split. The scene's other settings with what they are unless set: ${otherSettings(manifest).join(', ')}.
${
  actions.length === 0
    ? ''
    : `
## Actions

${table([
  ['action', 'kind', '1 means'],
  ...actions.map(({ name: action, kind, unit, limit }) => [
    `\`${action}\``,
    kind,
    limit === null ? `as the episode’s scene says, ${unit}` : `${number(limit)} ${unit}`,
  ]),
])}
`
}
## Arrays

A Zarr v3 group with sharded arrays: episode, frame, row, column; body: ${bodies.map((body) => `\`${body}\``).join(', ')}.

${table([
  ['array', 'axes', 'type', 'unit', 'content'],
  ...manifestArrays(manifest).map((array) => {
    const { dtype, axes, unit, description } = arrayTable[array];
    return [`\`${array}\``, axes.join(', '), dtype, unit, description];
  }),
])}

\`episodes.jsonl\` beside them has one line an episode: its number, its split, its \`key\` (the two words of
\`fold_in(PRNGKey(seed), episode)\`, from which it alone can be made again; both of a pair have that of the first), its scene
(bodies, materials, camera, light, drawn factors) and the SHA-256 of its part of each array. The attributes of the group
hold the rest: dt, units, splits, factors, cameras, checksums. \`croissant.json\` describes size \`tiny\` with seed 0;
\`checksums.json\` holds its checksums, and a test holds the code to them on every machine.

## Reading it in Python

With \`zarr\` 3 and PyTorch, and no code of ours (\`datasets/example.py\`, with this dataset's folder):

\`\`\`python
${example.replaceAll('data/bounce-small', `data/${name}-small`).trim()}
\`\`\`

The workers of a DataLoader are forks. \`zarr\` survives that; \`tensorstore\`, which reads the same arrays (driver
\`zarr3\`), hangs in a fork when it was used before: open it in the worker.
`;
}

/** "`balls` 3": what a scene can be told besides the ranges of its factors. */
function otherSettings({ spec, factors }: Manifest): string[] {
  const config = sceneDefinition(spec.scene).config.parse(spec.sceneConfig);
  return Object.entries(config)
    .filter(([name]) => name !== 'shifts' && !Object.hasOwn(factors, name))
    .map(
      ([name, value]) => `\`${name}\` ${typeof value === 'number' ? number(value) : JSON.stringify(value)}`,
    );
}

/** "0.3 to 0.45", or "9.81" where low is high. */
export const shownRange = ([low, high]: Range): string =>
  low === high ? `${low}` : `${number(low)} to ${number(high)}`;

export function table([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head!), line(head!.map(() => '---')), ...rows.map(line)].join('\n');
}

/** At most six digits, as short as they allow. */
const number = (value: number) => String(Number(value.toPrecision(6)));
