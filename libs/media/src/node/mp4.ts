/**
 * What the encoder's MP4 files lack. They do not say which frames can be decoded alone, so players that jump to a time
 * begin at frames that need others before them; and they say when they were made, so that no two are the same.
 *
 * Source: ISO/IEC 14496-12, boxes mvhd, tkhd, mdhd and stss.
 */

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl'];
const HEADER = 8;

/**
 * @param file with one track of video, its "moov" box behind its "mdat" box; both are the encoder's habit
 * @param keyFrames numbers of the frames that can be decoded alone, from 0
 * @returns the file with a table of them and without times of creation
 */
export function completeMp4(file: Uint8Array, keyFrames: readonly number[]): Uint8Array<ArrayBuffer> {
  const path = findBoxes(file, 0, file.length, []);
  const { end: place } = path.at(-1)!;
  const table = new Uint8Array(16 + 4 * keyFrames.length);
  const view = new DataView(table.buffer);
  view.setUint32(0, table.length);
  table.set(new TextEncoder().encode('stss'), 4);
  view.setUint32(12, keyFrames.length);
  keyFrames.forEach((frame, i) => view.setUint32(16 + 4 * i, frame + 1));

  const completed = new Uint8Array(file.length + table.length);
  completed.set(file.subarray(0, place));
  completed.set(table, place);
  completed.set(file.subarray(place), place + table.length);
  const sizes = new DataView(completed.buffer);
  for (const { start, end } of path) sizes.setUint32(start, end - start + table.length);
  return completed;
}

/** The boxes from "moov" down to "stbl"; on the way, forgets times of creation. */
function findBoxes(file: Uint8Array, from: number, to: number, path: readonly Box[]): readonly Box[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let found: readonly Box[] | undefined;
  for (let start = from; start + HEADER <= to;) {
    const type = String.fromCharCode(...file.subarray(start + 4, start + HEADER));
    const end = start + view.getUint32(start);
    if (end <= start || end > to) break;
    if (['mvhd', 'tkhd', 'mdhd'].includes(type)) {
      const long = file[start + HEADER] === 1;
      file.fill(0, start + HEADER + 4, start + HEADER + 4 + (long ? 16 : 8));
    }
    if (CONTAINERS.includes(type)) {
      const inner = [...path, { type, start, end }];
      found = type === 'stbl' ? inner : findBoxes(file, start + HEADER, end, inner);
    }
    start = end;
  }
  if (found === undefined || found.at(-1)?.type !== 'stbl')
    throw new Error('the video encoder wrote an MP4 file without a table of its frames; report this');
  return found;
}
