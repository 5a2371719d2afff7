/** What a user knows better than the catalogue of machines: prices, contracts, machines of their own. */
import { readFile } from 'node:fs/promises';
import { overridesSchema, type Overrides } from '@orrery/launch';
import { explainFileError } from '@orrery/storage';
import { parse as parseYaml } from 'yaml';
import { UsageError } from './errors.ts';
import { checkSettings } from './settings.ts';

/** @param path of a YAML or JSON file; nothing is changed where there is none */
export async function readOverrides(path: string | undefined): Promise<Overrides | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(explainFileError(error, `cannot read catalogue ${path}`).message);
  });
  let value: unknown;
  try {
    value = parseYaml(text, { logLevel: 'error' });
  } catch (error) {
    throw new UsageError(
      `catalogue ${path} is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`,
    );
  }
  return checkSettings(overridesSchema, (value ?? {}) as object);
}
