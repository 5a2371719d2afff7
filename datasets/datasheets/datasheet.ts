/** What a dataset's folder holds besides its spec and what people write: made from size "tiny" with seed 0. */
import type { Dataset, DatasetDefinition } from '@orrery/dataset';
import { openFolder } from '@orrery/dataset/node';
import { chooseEpisodes, contactSheet, croissantMetadata } from '@orrery/inspect';
import { encodePng } from '@orrery/media';
import { format, resolveConfig } from 'prettier';
import { datasheetTables, withTables } from './tables.ts';

/** Bytes that a datasheet's picture may have. */
export const LARGEST_PICTURE = 60_000;

/** Rows and columns of the picture. */
const EPISODES = 5;
const COLUMNS = 8;

/**
 * The files by their names in the dataset's folder.
 * @param folder where size "tiny" with seed 0 has been generated
 * @param readme what stands in README.md
 */
export async function datasheetFiles(
  definition: DatasetDefinition,
  folder: string,
  readme: string,
): Promise<
  Record<'README.md' | 'contact-sheet.png' | 'croissant.json' | 'checksums.json', string | Uint8Array>
> {
  const dataset = await openFolder(folder);
  const { manifest } = dataset;
  const { generator, seed } = manifest;
  const { arrays, dataset: whole } = manifest.checksums;
  const croissant = croissantMetadata({ manifest, description: definition.description });
  const json = (value: object) => pretty(JSON.stringify(value), 'json');
  return {
    'README.md': await pretty(withTables(readme, datasheetTables(definition, manifest)), 'markdown'),
    'contact-sheet.png': await picture(dataset),
    'croissant.json': await json(croissant),
    'checksums.json': await json({ tiny: { seed, generator, arrays, dataset: whole } }),
  };
}

/** As many episodes as fit into the bytes. */
async function picture(dataset: Dataset): Promise<Uint8Array> {
  for (let count = EPISODES; ; count--) {
    const episodes = shownEpisodes(dataset, count);
    const png = encodePng(await contactSheet(dataset, { episodes, frames: COLUMNS, pictures: ['rgb'] }));
    if (png.length <= LARGEST_PICTURE || count === 1) return png;
  }
}

/** Some of each split; where there are pairs, they are what one comes for: one episode as it is, then pairs. */
function shownEpisodes(dataset: Dataset, count: number): number[] {
  const pairs = Object.values(dataset.manifest.splits).filter(({ variant }) => variant !== undefined);
  if (pairs.length === 0) return chooseEpisodes(dataset, count);
  return [0, ...pairs.flatMap(({ start }) => [start, start + 1])].slice(0, count);
}

export const pretty = async (text: string, parser: string) =>
  format(text, { ...(await resolveConfig(new URL('../../package.json', import.meta.url))), parser });
