/**
 * Frames for the model of pixels, and where balls are in them. The authors' frames have 256 pixels a side; these have 32, with
 * edges as soft as a pixel is wide, so that the darkness of an edge tells the place to a hundredth of a pixel.
 */
import type { Scene } from './scenes.ts';
import { FRAMES, WORLD } from './worlds.ts';

export const PIXELS = 32;
export const FRAME_BYTES = PIXELS * PIXELS * 3;
const SCALE = WORLD / PIXELS;

/** The channel that a ball keeps where white loses all: the first is red, the second blue. */
const CHANNELS = [0, 2] as const;
/** Less of a colour than this is taken for noise of a prediction, and less of it in a frame for none. */
const [FAINT, GONE] = [0.04, 0.5];

/**
 * Draws one frame: on white the first ball in red, over it the second in blue.
 * @param into [32, 32, 3] u8
 */
export function drawFrame({ radii, positions }: Scene, frame: number, into: Uint8Array): void {
  into.fill(255);
  radii.forEach((radius, ball) => {
    const at = (frame * radii.length + ball) * 2;
    const [x, y] = [positions[at] / SCALE, PIXELS - positions[at + 1] / SCALE];
    const reach = radius / SCALE + 1;
    const range = (middle: number) => [
      Math.max(0, Math.floor(middle - reach)),
      Math.min(PIXELS, Math.ceil(middle + reach)),
    ];
    const [[left, right], [top, bottom]] = [range(x), range(y)];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const distance = Math.sqrt((column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2);
        const cover = Math.min(1, Math.max(0, radius / SCALE - distance + 0.5));
        if (cover === 0) continue;
        const pixel = (row * PIXELS + column) * 3;
        for (let channel = 0; channel < 3; channel++) {
          const color = channel === CHANNELS[ball] ? 255 : 0;
          into[pixel + channel] = Math.round(into[pixel + channel] * (1 - cover) + color * cover);
        }
      }
    }
  });
}

/**
 * The middle of a ball's colour.
 * @param pixels [32, 32, 3] u8
 * @returns m, undefined where there is none of it
 */
export function findBall(pixels: Uint8Array, ball: number): readonly [number, number] | undefined {
  const own = CHANNELS[ball];
  let [sum, columns, rows] = [0, 0, 0];
  for (let i = 0; i < PIXELS * PIXELS; i++) {
    // Of white, red and blue only white has green: what a ball's channel has more is the ball's share of the pixel.
    const weight = (pixels[i * 3 + own] - pixels[i * 3 + 1]) / 255;
    if (weight < FAINT) continue;
    sum += weight;
    columns += weight * ((i % PIXELS) + 0.5);
    rows += weight * (Math.floor(i / PIXELS) + 0.5);
  }
  if (sum < GONE) return undefined;
  return [(columns / sum) * SCALE, (PIXELS - rows / sum) * SCALE];
}

/**
 * The balls' path in frames; where one is not found it stays where it was.
 * @param frameAt [32, 32, 3] u8 of a frame
 * @returns [32, balls, 2] m
 */
export function pathIn(balls: number, frameAt: (frame: number) => Uint8Array): Float64Array {
  const path = new Float64Array(FRAMES * balls * 2);
  for (let frame = 0; frame < FRAMES; frame++) {
    const pixels = frameAt(frame);
    for (let ball = 0; ball < balls; ball++) {
      const at = (frame * balls + ball) * 2;
      const before = frame === 0 ? [0, 0] : path.subarray(at - balls * 2, at - balls * 2 + 2);
      path.set(findBall(pixels, ball) ?? before, at);
    }
  }
  return path;
}

/** The metric's own error at this size: the path in the true frames. */
export function drawnAndFound(scene: Scene): Float64Array {
  const pixels = new Uint8Array(FRAME_BYTES);
  return pathIn(scene.radii.length, (frame) => {
    drawFrame(scene, frame, pixels);
    return pixels;
  });
}
