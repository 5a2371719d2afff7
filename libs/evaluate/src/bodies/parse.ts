/** Finds bodies again in a frame, by their colour: what physics metrics on pictures stand on. */
import { createRenderer } from '@orrery/render';
import type { Scene } from '@orrery/scene';
import { LINEAR } from './color.ts';
import { coverage, type Palette } from './coverage.ts';
import { locate } from './locate.ts';
import { parsableBodies } from './parsable.ts';
import {
  asSeen,
  pixelsPerMetre,
  placeAt,
  placing,
  reachOf,
  silhouetteRadius,
  type PictureSize,
} from './place.ts';

export interface ParsedBodies {
  /** [M, 2] centroid in pixels from the left and top border (the first pixel's centre is 0.5); NaN where lost */
  readonly pixels: Float64Array;
  /** [M, 3] m, on the plane in which the body moves; NaN where lost */
  readonly positions: Float64Array;
  /** [M] mean coverage where the body is, about 1 in a true frame; 0 where lost */
  readonly evidence: Float64Array;
}

/** Which bodies are followed, and how what is told of them is measured. */
export interface Follower {
  /** [M] indices into `scene.bodies` */
  readonly bodies: readonly number[];
  /** [M] pixels, of a disc of the silhouette's area */
  readonly radii: readonly number[];
  /** [M] pixels to a metre where the body is at first */
  readonly scales: readonly number[];
  /** [M, 3] m: the middle of the picture on each body's plane of motion */
  readonly centre: Float64Array;
  /** Finds the bodies in a frame [H, W, 3] u8 sRGB; absent where states tell where they are. */
  readonly parse?: (rgb: Uint8Array) => ParsedBodies;
  /**
   * The part of the state that is measured: what a frame can tell, or the state.
   * @param positions [N, 3] m, all bodies of the scene
   * @returns [M, 3] m
   */
  seen(positions: ArrayLike<number>): Float64Array;
}

/** Follows the bodies that can be told apart by colour. */
export interface BodyParser extends Follower {
  /** [H, W, 3] u8, the scene without what moves */
  readonly background: Uint8Array;
  readonly parse: (rgb: Uint8Array) => ParsedBodies;
}

/**
 * Follows bodies by their states.
 * @param bodies indices; those that the scene lacks are followed too, and never shown
 */
export function createStateFollower(scene: Scene, size: PictureSize, bodies: readonly number[]): Follower {
  const places = bodies.map((index) => placing(scene, index, size));
  const scales = places.map(pixelsPerMetre);
  return {
    ...{ bodies, scales },
    radii: places.map(({ body }, i) => silhouetteRadius(body) * scales[i]),
    centre: Float64Array.from(places.flatMap((place) => placeAt(place, size.width / 2, size.height / 2))),
    seen: (positions) =>
      Float64Array.from(bodies.flatMap((index) => [0, 1, 2].map((axis) => positions[3 * index + axis]))),
  };
}

/** @param size of the frames that will be parsed */
export function createBodyParser(scene: Scene, size: PictureSize): BodyParser {
  const { width, height } = size;
  const bodies = parsableBodies(scene);
  const places = bodies.map((index) => placing(scene, index, size));
  const scales = places.map(pixelsPerMetre);
  const radii = places.map(({ body }, i) => silhouetteRadius(body) * scales[i]);
  const reaches = places.map(({ body }, i) => reachOf(body) * scales[i]);
  const background = emptyPicture(scene, size);
  const palette: Palette = {
    width,
    height,
    colors: bodies.map((index) => scene.bodies[index].color),
    background: Float64Array.from(background, (byte) => LINEAR[byte]),
    ambient: Math.min(1, Math.max(0.1, scene.light.ambient)),
  };
  return {
    bodies,
    radii,
    scales,
    background,
    centre: Float64Array.from(places.flatMap((place) => placeAt(place, width / 2, height / 2))),
    parse(rgb) {
      if (rgb.length !== background.length)
        throw new Error(
          `frame: ${rgb.length} values are not [${height}, ${width}, 3]; give a frame of the parser's size`,
        );
      const maps = coverage(rgb, palette);
      const pixels = new Float64Array(2 * bodies.length).fill(NaN);
      const positions = new Float64Array(3 * bodies.length).fill(NaN);
      const evidence = new Float64Array(bodies.length);
      for (let i = 0; i < bodies.length; i++) {
        const map = maps.subarray(i * width * height, (i + 1) * width * height);
        const spot = locate(map, size, radii[i], reaches[i]);
        if (!spot) continue;
        pixels.set([spot.x, spot.y], 2 * i);
        positions.set(placeAt(places[i], spot.x, spot.y), 3 * i);
        evidence[i] = spot.evidence;
      }
      return { pixels, positions, evidence };
    },
    seen: (positions) =>
      Float64Array.from(
        bodies.flatMap((index, i) =>
          asSeen(places[i], [positions[3 * index], positions[3 * index + 1], positions[3 * index + 2]]),
        ),
      ),
  };
}

/** Parses one frame; for many frames of a scene make the parser once. */
export function parseBodies(rgb: Uint8Array, scene: Scene, size: PictureSize): ParsedBodies {
  return createBodyParser(scene, size).parse(rgb);
}

/** The last empty picture: episodes of a dataset mostly share it. */
let empty: { readonly key: string; readonly rgb: Uint8Array } = { key: '', rgb: new Uint8Array() };

/** [H, W, 3] u8: the scene with only those bodies that stand still. */
function emptyPicture(scene: Scene, { width, height }: PictureSize): Uint8Array {
  const { camera, light, background } = scene;
  const bodies = scene.bodies.filter(({ mass, visible }) => mass === 0 && visible);
  const key = JSON.stringify([width, height, camera, light, background, bodies]);
  if (empty.key !== key) {
    const poses = {
      position: bodies.flatMap((body) => body.position),
      quaternion: bodies.flatMap((body) => body.quaternion),
    };
    const { rgb } = createRenderer({ ...scene, bodies }, { width, height }).render(poses);
    empty = { key, rgb };
  }
  return empty.rgb;
}
