/** What a conversion will take on the disk, known before work starts. */
import { join } from 'node:path';
import type { ArrayName, Dataset } from '@orrery/dataset';
import { folderBytes } from '@orrery/storage';

/** The arrays that LeRobot's files hold, as video and as Parquet. */
const IN_LEROBOT: readonly ArrayName[] = [
  ...(['rgb', 'position', 'quaternion', 'velocity', 'angular_velocity', 'action'] as const),
];

/**
 * Estimates the bytes of a conversion by what the arrays in it take in the dataset, where they are compressed too.
 * @param folder of the dataset
 */
export async function conversionBytes(
  { arrays }: Pick<Dataset, 'arrays'>,
  folder: string,
  format: 'lerobot' | 'npz',
): Promise<number> {
  const held = format === 'npz' ? arrays : arrays.filter((name) => IN_LEROBOT.includes(name));
  const sizes = await Promise.all(held.map((name) => folderBytes(join(folder, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
