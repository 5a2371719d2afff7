/** Reads the scorecard of a run. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { explainFileError } from '@orrery/storage';
import { SCORECARD_VERSION, scorecardSchema, type Scorecard } from './schema.ts';

/** In a run's folder. */
export const SCORECARD_FILE = 'scorecard.json';

/**
 * @param folder of a run
 * @throws where it holds no scorecard, or one that this program does not read
 */
export async function readScorecard(folder: string): Promise<Scorecard> {
  const run = basename(folder);
  const remedy = `run "orrery evaluate ${run}"`;
  const text = await readFile(join(folder, SCORECARD_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error(`run "${run}": has no scorecard yet; ${remedy}`);
    throw explainFileError(error, `cannot read the scorecard of run "${run}"`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`run "${run}": its ${SCORECARD_FILE} is damaged; ${remedy} again`);
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (version !== SCORECARD_VERSION)
    throw new Error(
      `run "${run}": scorecard of version ${JSON.stringify(version) ?? 'unknown'}, this program reads version ${SCORECARD_VERSION}; ${remedy} again`,
    );
  const result = scorecardSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Error(
    `run "${run}": scorecard field "${issue.path.join('.')}": ${issue.message}; ${remedy} again`,
  );
}
