/** What a dataset's folder holds besides its spec and what people write: made from size "tiny" with seed 0. */
import type { DatasetDefinition, Picture } from '@orrery/dataset';
import { openFolder } from '@orrery/dataset/node';
import { chooseEpisodes, contactSheet, croissantMetadata } from '@orrery/inspect';
import { encodePng } from '@orrery/media';
import { format, resolveConfig } from 'prettier';
import { datasheetTables, withTables } from './tables.ts';

/** Bytes that a datasheet's picture may have. */
export const LARGEST_PICTURE = 60_000;

/** Rows of the picture: so many episodes in colour, and one more time the last of them in each other kind of picture. */
const EPISODES = 4;
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
    'contact-sheet.png': await picture(folder),
    'croissant.json': await json(croissant),
    'checksums.json': await json({ tiny: { seed, generator, arrays, dataset: whole } }),
  };
}

/** As many episodes as fit into the bytes. */
async function picture(folder: string): Promise<Uint8Array> {
  const dataset = await openFolder(folder);
  const pictures: Picture[] = ['rgb'];
  for (let count = EPISODES; ; count--) {
    const episodes = chooseEpisodes(dataset, count);
    const png = encodePng(await contactSheet(dataset, { episodes, frames: COLUMNS, pictures }));
    if (png.length <= LARGEST_PICTURE || count === 1) return png;
  }
}

const pretty = async (text: string, parser: string) =>
  format(text, { ...(await resolveConfig(new URL('../../package.json', import.meta.url))), parser });
