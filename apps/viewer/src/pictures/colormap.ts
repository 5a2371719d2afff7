/** The fixed colours of |difference|. Fixed, so that the same colour means the same error in every frame, rollout and run. */
import { inferno } from '@orrery/media';

/** Grey levels (0 to 255) at which the colour no longer changes: half of the range. */
export const fullScale = 128;

/**
 * @param levels the largest difference of the three channels, 0 to 255
 * @returns sRGB, 0 to 255
 */
export function differenceColor(levels: number): [number, number, number] {
  return inferno(levels / fullScale);
}

/** [256, 4] RGBA: the colour of each possible difference. */
export function differenceTable(): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(256 * 4);
  for (let levels = 0; levels < 256; levels++) table.set([...differenceColor(levels), 255], levels * 4);
  return table;
}
