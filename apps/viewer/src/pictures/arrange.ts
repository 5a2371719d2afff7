/** Where pictures go: as large as whole pixels allow, in as few rows as that takes. */

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Space {
  readonly width: number;
  readonly height: number;
  /** Kept free above each picture, for its caption. */
  readonly caption: number;
  /** Between pictures. */
  readonly gap: number;
}

/**
 * Every source pixel becomes a square of the same whole number of device pixels, so that nothing is blurred or
 * uneven; only where a picture at its own size does not fit is it shrunk.
 * @param space in device pixels
 * @param picture in source pixels
 * @returns one rectangle a picture, in device pixels from the top left, captions above them not included
 */
export function arrange(
  count: number,
  space: Space,
  picture: { readonly width: number; readonly height: number },
): Rectangle[] {
  let best = { columns: count, scale: 0 };
  // From one row to one column: a row more must make the pictures larger.
  for (let columns = count; columns >= 1; columns--) {
    const cell = cellSize(count, columns, space);
    const fitting = Math.min(cell.width / picture.width, cell.height / picture.height);
    const scale = fitting >= 1 ? Math.floor(fitting) : Math.max(0, fitting);
    if (scale > best.scale) best = { columns, scale };
  }
  const { columns, scale } = best;
  const cell = cellSize(count, columns, space);
  const width = Math.floor(picture.width * scale);
  const height = Math.floor(picture.height * scale);
  return Array.from({ length: count }, (_, i) => ({
    x: Math.floor((i % columns) * (cell.width + space.gap) + (cell.width - width) / 2),
    y: space.caption + Math.floor(i / columns) * (height + space.caption + space.gap),
    width,
    height,
  }));
}

function cellSize(count: number, columns: number, space: Space): { width: number; height: number } {
  const rows = Math.ceil(count / columns);
  return {
    width: (space.width - (columns - 1) * space.gap) / columns,
    height: (space.height - (rows - 1) * space.gap) / rows - space.caption,
  };
}
