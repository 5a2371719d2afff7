/** Which pixels may hold a jump of colour: those whose centre differs from a neighbour's in what it shows. */
import { isEmpty, type Rectangle } from './bounds.ts';
import type { Stage } from './stage.ts';

/**
 * Sets `stage.edges` to 1 where a pixel may hold an edge.
 * @returns the pixels outside of which there are none
 */
export function markEdges(stage: Stage): Readonly<Rectangle> {
  const { keys, edges, solids, shadows } = stage;
  const { width, height } = stage.view;
  // Keys differ only inside the bounds, and between them and their neighbours.
  const region = { x0: width, y0: height, x1: -1, y1: -1 };
  for (const { bounds } of solids) include(stage, bounds, region);
  for (const { bounds } of shadows) include(stage, bounds, region);
  const { x0, y0, x1, y1 } = region;
  for (let row = y0; row <= y1; row++) {
    let p = row * width + x0;
    const end = row * width + x1;
    if (row === y1) {
      for (; p < end; p++) if (keys[p] !== keys[p + 1]) edges[p] = edges[p + 1] = 1;
      break;
    }
    // Of each square of four pixels, those that differ along its upper and left side and its diagonals.
    let key = keys[p];
    let below = keys[p + width];
    for (; p < end; p++) {
      const right = keys[p + 1];
      const across = keys[p + 1 + width];
      if (key !== right || key !== below || key !== across || right !== below) {
        if (key !== right) edges[p] = edges[p + 1] = 1;
        if (key !== below) edges[p] = edges[p + width] = 1;
        if (key !== across) edges[p] = edges[p + 1 + width] = 1;
        if (right !== below) edges[p + 1] = edges[p + width] = 1;
      }
      key = right;
      below = across;
    }
    if (key !== below) edges[p] = edges[p + width] = 1;
  }
  return region;
}

/** Widens `region` by the bounds and a pixel around them; marks what neighbours cannot tell. */
function include({ edges, view }: Stage, bounds: Rectangle, region: Rectangle): void {
  if (isEmpty(bounds)) return;
  const { width, height } = view;
  const { x0, y0, x1, y1 } = bounds;
  region.x0 = Math.min(region.x0, Math.max(0, x0 - 1));
  region.y0 = Math.min(region.y0, Math.max(0, y0 - 1));
  region.x1 = Math.max(region.x1, Math.min(width - 1, x1 + 1));
  region.y1 = Math.max(region.y1, Math.min(height - 1, y1 + 1));
  // What is small may fall between the centres; at the picture's border there is no neighbour to differ from.
  const tiny = x1 - x0 < 2 || y1 - y0 < 2;
  if (!tiny && x0 > 0 && y0 > 0 && x1 < width - 1 && y1 < height - 1) return;
  for (let row = y0; row <= y1; row++) {
    const all = tiny || row === 0 || row === height - 1;
    for (let column = x0; column <= x1; column++) {
      if (all || column === 0 || column === width - 1) edges[row * width + column] = 1;
    }
  }
}
