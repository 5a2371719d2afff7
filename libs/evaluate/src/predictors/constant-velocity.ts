import { createBodyParser, type BodyParser } from '../bodies/parse.ts';
import { frameBytes, recentFrame, type Context, type Predictor } from './predictor.ts';

/**
 * What a careful person would do without physics: cut out each body and the shadow nearest to it, and move both over
 * the empty scene at the velocity in the picture between the last two frames, until the body touches the picture's
 * border.
 */
export const constantVelocity: Predictor = {
  name: 'constant-velocity',
  description:
    'Finds the bodies in the last two context frames by colour and moves each one, with its shadow, over the empty scene at constant velocity; bodies stop at the picture’s border. Knows the colours and sizes of the bodies and the empty scene.',
  contextFrames: 2,
  async predict(contexts, steps) {
    return contexts.map((context) => ({ frames: predictOne(context, steps) }));
  },
};

interface Mover {
  readonly body: number;
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
  readonly radius: number;
}

function predictOne(context: Context, steps: number): Uint8Array {
  const { width, height } = context;
  const parser = createBodyParser(context.scene, context);
  const last = recentFrame(context);
  const movers = findMovers(parser, last, recentFrame(context, 1));
  const cutouts = cutOut(last, parser.background, movers, width);
  const frames = new Uint8ClampedArray(steps * frameBytes(context));
  const layer = new Float32Array(4 * width * height);
  for (let step = 1; step <= steps; step++) {
    const shifts = movers.map(({ x, y, vx, vy, radius }) => ({
      dx: stopAtBorder(x, vx * step, radius, width) - x,
      dy: stopAtBorder(y, vy * step, radius, height) - y,
    }));
    const canvas = Float32Array.from(parser.background);
    cutouts.forEach(({ shadow }, i) => addShifted(canvas, shadow, shifts[i], width, height));
    cutouts.forEach(({ body }, i) => {
      layer.fill(0);
      addShifted(layer, body, shifts[i], width, height);
      layOver(canvas, layer);
    });
    frames.set(canvas, (step - 1) * canvas.length);
  }
  return new Uint8Array(frames.buffer);
}

/** Bodies seen in the last frame; one that was not seen before stands still. */
function findMovers(parser: BodyParser, last: Uint8Array, before: Uint8Array): Mover[] {
  const now = parser.parse(last);
  const earlier = parser.parse(before);
  return parser.bodies.flatMap((body, i) => {
    const [x, y] = [now.pixels[2 * i], now.pixels[2 * i + 1]];
    if (Number.isNaN(x)) return [];
    const vx = x - earlier.pixels[2 * i];
    const vy = y - earlier.pixels[2 * i + 1];
    const still = Number.isNaN(vx);
    return [{ body, x, y, vx: still ? 0 : vx, vy: still ? 0 : vy, radius: parser.radii[i] }];
  });
}

/** `start + shift`, but not nearer to either border than `radius`, nor moved back by it. */
function stopAtBorder(start: number, shift: number, radius: number, side: number): number {
  const low = Math.min(radius, start);
  const high = Math.max(side - radius, start);
  return Math.min(high, Math.max(low, start + shift));
}

/** Some pixels of a picture. */
interface Pixels {
  /** Values of a pixel. */
  readonly channels: number;
  /** [P] row * width + column */
  readonly places: number[];
  /** [P, channels] */
  readonly values: number[];
}

/** One body's part of a frame. */
interface Cutout {
  /** Red, green, blue, each times how much of the pixel is the body, and that share. */
  readonly body: Pixels;
  /** Difference from the background outside of the bodies, nearest to this one. */
  readonly shadow: Pixels;
}

function cutOut(
  frame: Uint8Array,
  background: Uint8Array,
  movers: readonly Mover[],
  width: number,
): Cutout[] {
  const cutouts = movers.map(() => ({
    body: { channels: 4, places: [] as number[], values: [] as number[] },
    shadow: { channels: 3, places: [] as number[], values: [] as number[] },
  }));
  if (movers.length === 0) return cutouts;
  for (let place = 0; place < frame.length / 3; place++) {
    const x = (place % width) + 0.5;
    const y = Math.floor(place / width) + 0.5;
    const outside = movers.map((mover) => Math.hypot(x - mover.x, y - mover.y) - mover.radius);
    const nearest = outside.indexOf(Math.min(...outside));
    const { body, shadow } = cutouts[nearest];
    // A pixel and a half of soft edge.
    const share = Math.min(1, Math.max(0, 1 - outside[nearest] / 1.5));
    const color = [frame[3 * place], frame[3 * place + 1], frame[3 * place + 2]];
    if (share > 0) {
      body.places.push(place);
      body.values.push(...color.map((value) => share * value), share);
    }
    const difference = color.map((value, c) => (1 - share) * (value - background[3 * place + c]));
    if (difference.some((value) => value !== 0)) {
      shadow.places.push(place);
      shadow.values.push(...difference);
    }
  }
  return cutouts;
}

/** Adds pixels to a picture [H, W, channels], moved bilinearly; what leaves the picture is lost. */
function addShifted(
  picture: Float32Array,
  { channels, places, values }: Pixels,
  { dx, dy }: { readonly dx: number; readonly dy: number },
  width: number,
  height: number,
): void {
  const [left, top] = [Math.floor(dx), Math.floor(dy)];
  const [fx, fy] = [dx - left, dy - top];
  const corners = [
    { ox: left, oy: top, weight: (1 - fx) * (1 - fy) },
    { ox: left + 1, oy: top, weight: fx * (1 - fy) },
    { ox: left, oy: top + 1, weight: (1 - fx) * fy },
    { ox: left + 1, oy: top + 1, weight: fx * fy },
  ];
  for (const { ox, oy, weight } of corners)
    places.forEach((place, i) => {
      const x = (place % width) + ox;
      const y = Math.floor(place / width) + oy;
      if (x < 0 || y < 0 || x >= width || y >= height) return;
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) picture[to + c] += weight * values[i * channels + c];
    });
}

/** Draws a layer [H, W, 4] of premultiplied colour and coverage over a canvas [H, W, 3]. */
function layOver(canvas: Float32Array, layer: Float32Array): void {
  for (let place = 0; place < canvas.length / 3; place++) {
    const covered = layer[4 * place + 3];
    if (covered === 0) continue;
    for (let c = 0; c < 3; c++)
      canvas[3 * place + c] = canvas[3 * place + c] * (1 - covered) + layer[4 * place + c];
  }
}
