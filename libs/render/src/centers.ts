/** The passes over pixel centres: which solid is nearest, where shadows fall, and the colour there. */
import { MIXED } from './background.ts';
import { SPHERE } from './bodies.ts';
import type { Frame } from './frame.ts';
import { blocks, hitSolid } from './intersect.ts';
import { firstKey, shade } from './shade.ts';
import { encodeSrgb } from './srgb.ts';
import type { Shadow, Solid, Stage } from './stage.ts';

const point = new Float64Array(3);
const color = new Float64Array(3);

/** Writes depth and segmentation where the solid is nearer than what is there. */
export function drawSolid(stage: Stage, solid: Solid, segmentation: Uint8Array): void {
  const { view, bodies, depth } = stage;
  const { width, height, pixel, perspective } = view;
  if (!perspective && bodies.kind[solid.body] === SPHERE) return drawDisc(stage, solid, segmentation);
  const { x0, x1, y0, y1 } = solid.bounds;
  const n = solid.body;
  for (let row = y0; row <= y1; row++) {
    const y = (height / 2 - row - 0.5) * pixel;
    for (let column = x0, p = row * width + x0; column <= x1; column++, p++) {
      const x = (column + 0.5 - width / 2) * pixel;
      const t = perspective ? hitSolid(bodies, n, 0, 0, x, y) : hitSolid(bodies, n, x, y, 0, 0);
      if (t < depth[p]) {
        depth[p] = t;
        segmentation[p] = n + 1;
      }
    }
  }
}

/** `drawSolid` with the same numbers for a sphere and an orthographic camera. */
function drawDisc({ view, bodies, depth }: Stage, solid: Solid, segmentation: Uint8Array): void {
  const { width, height, pixel } = view;
  const { x0, x1, y0, y1 } = solid.bounds;
  const n = solid.body;
  const centerX = bodies.center[3 * n];
  const centerY = bodies.center[3 * n + 1];
  const centerZ = bodies.center[3 * n + 2];
  const square = bodies.size[3 * n] * bodies.size[3 * n];
  for (let row = y0; row <= y1; row++) {
    const qy = (height / 2 - row - 0.5) * pixel - centerY;
    for (let column = x0, p = row * width + x0; column <= x1; column++, p++) {
      const qx = (column + 0.5 - width / 2) * pixel - centerX;
      const rest = square - (qx * qx + qy * qy);
      if (rest <= 0) continue;
      const t = centerZ - Math.sqrt(rest);
      if (t > 0 && t < depth[p]) {
        depth[p] = t;
        segmentation[p] = n + 1;
      }
    }
  }
}

/** Writes key and colour of the plane where the shadow falls on it. */
export function castShadow(stage: Stage, shadow: Shadow, { rgb, segmentation }: Frame): void {
  const { view, bodies, light, depth, keys, edges, background } = stage;
  const { width, height, pixel, perspective } = view;
  const { x0, x1, y0, y1 } = shadow.bounds;
  const { unlitCodes, surface } = background;
  const isSphere = bodies.kind[shadow.body] === SPHERE;
  const { x: lightX, y: lightY, z: lightZ } = light;
  const centerX = bodies.center[3 * shadow.body];
  const centerY = bodies.center[3 * shadow.body + 1];
  const centerZ = bodies.center[3 * shadow.body + 2];
  const square = bodies.size[3 * shadow.body] * bodies.size[3 * shadow.body];
  for (let row = y0; row <= y1; row++) {
    const y = (height / 2 - row - 0.5) * pixel;
    for (let column = x0, p = row * width + x0; column <= x1; column++, p++) {
      // Of several planes in a pixel, the shadow may fall on one that its centre does not show.
      if (surface[p] === MIXED) edges[p] = 1;
      if (segmentation[p] !== shadow.plane + 1 || keys[p] === 1) continue;
      const x = (column + 0.5 - width / 2) * pixel;
      const z = depth[p];
      if (isSphere) {
        // `blocks` in one place: most shadows are of spheres.
        const qx = (perspective ? x * z : x) - centerX;
        const qy = (perspective ? y * z : y) - centerY;
        const qz = z - centerZ;
        const along = qx * lightX + qy * lightY + qz * lightZ;
        if (along >= 0) continue;
        const rx = qx - along * lightX;
        const ry = qy - along * lightY;
        const rz = qz - along * lightZ;
        if (rx * rx + ry * ry + rz * rz >= square) continue;
      } else {
        point[0] = perspective ? x * z : x;
        point[1] = perspective ? y * z : y;
        point[2] = z;
        if (!blocks(bodies, shadow.body, point, light)) continue;
      }
      keys[p] = 1;
      rgb[3 * p] = unlitCodes[3 * p];
      rgb[3 * p + 1] = unlitCodes[3 * p + 1];
      rgb[3 * p + 2] = unlitCodes[3 * p + 2];
    }
  }
}

/** Writes key and colour where the solid is seen. */
export function colorSolid(stage: Stage, solid: Solid, { rgb, segmentation }: Frame): void {
  if (solid.plain && stage.bodies.kind[solid.body] === SPHERE)
    return colorBall(stage, solid, rgb, segmentation);
  const { view, bodies, light, depth, keys } = stage;
  const { width, height, pixel, perspective } = view;
  const { x0, x1, y0, y1 } = solid.bounds;
  const n = solid.body;
  for (let row = y0; row <= y1; row++) {
    const y = (height / 2 - row - 0.5) * pixel;
    for (let column = x0, p = row * width + x0; column <= x1; column++, p++) {
      if (segmentation[p] !== n + 1) continue;
      const x = (column + 0.5 - width / 2) * pixel;
      const z = depth[p];
      point[0] = perspective ? x * z : x;
      point[1] = perspective ? y * z : y;
      point[2] = z;
      keys[p] = shade(bodies, light, n, point, solid.casters, solid.casterCount, color);
      rgb[3 * p] = encodeSrgb(color[0]);
      rgb[3 * p + 1] = encodeSrgb(color[1]);
      rgb[3 * p + 2] = encodeSrgb(color[2]);
    }
  }
}

/** `colorSolid` with the same numbers for a ball of one colour in nobody's shadow: what most pixels show. */
function colorBall(stage: Stage, solid: Solid, rgb: Uint8Array, segmentation: Uint8Array): void {
  const { view, bodies, depth, keys } = stage;
  const { width, height, pixel, perspective } = view;
  const { x: lightX, y: lightY, z: lightZ, ambient, intensity } = stage.light;
  const { x0, x1, y0, y1 } = solid.bounds;
  const n = solid.body;
  const key = firstKey(n);
  const radius = bodies.size[3 * n];
  const centerX = bodies.center[3 * n];
  const centerY = bodies.center[3 * n + 1];
  const centerZ = bodies.center[3 * n + 2];
  const red = bodies.color[6 * n];
  const green = bodies.color[6 * n + 1];
  const blue = bodies.color[6 * n + 2];
  for (let row = y0; row <= y1; row++) {
    const y = (height / 2 - row - 0.5) * pixel;
    for (let column = x0, p = row * width + x0; column <= x1; column++, p++) {
      if (segmentation[p] !== n + 1) continue;
      const x = (column + 0.5 - width / 2) * pixel;
      const z = depth[p];
      const qx = (perspective ? x * z : x) - centerX;
      const qy = (perspective ? y * z : y) - centerY;
      const facing = (qx * lightX + qy * lightY + (z - centerZ) * lightZ) / radius;
      const strength = facing > 0 ? ambient + intensity * facing : ambient;
      keys[p] = key;
      rgb[3 * p] = encodeSrgb(red * strength);
      rgb[3 * p + 1] = encodeSrgb(green * strength);
      rgb[3 * p + 2] = encodeSrgb(blue * strength);
    }
  }
}

/** Writes the depth of the frame where the solid may be seen; elsewhere it is the background's. */
export function storeDepth({ view, depth }: Stage, { bounds }: Solid, stored: Float32Array): void {
  const { x0, x1, y0, y1 } = bounds;
  for (let row = y0; row <= y1; row++) {
    const end = row * view.width + x1;
    for (let p = row * view.width + x0; p <= end; p++) stored[p] = depth[p];
  }
}

/** Makes the depth the background's again for the next frame. */
export function resetDepth({ view, depth, background }: Stage, { bounds }: Solid): void {
  const { x0, x1, y0, y1 } = bounds;
  for (let row = y0; row <= y1; row++) {
    const end = row * view.width + x1;
    for (let p = row * view.width + x0; p <= end; p++) depth[p] = background.depth[p];
  }
}
