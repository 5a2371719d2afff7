/** States of a dataset's episodes as models take them: motion [T, N, 13] and bodies [N, 12]. */
import type { Dataset } from '@orrery/dataset';
import { BODY, BODY_SIZE, MOTION, MOTION_SIZE, shapeKinds, stateStatistics } from '@orrery/models';
import type { StateWorld } from '@orrery/models';
import type { ClipPlace, Range } from './clips.ts';

export type StateData = Pick<Dataset, 'manifest' | 'frames' | 'readClip' | 'readScene'>;

export interface States {
  /** [T, N, 13] */
  readonly motion: Float32Array<ArrayBuffer>;
  /** [N, 12] */
  readonly bodies: Float32Array<ArrayBuffer>;
}

/** @returns `length` frames of an episode */
export async function readStates(
  data: StateData,
  { episode, start }: ClipPlace,
  length: number,
): Promise<States> {
  const { motion, bodies } = await wholeEpisode(data, episode);
  const each = (bodies.length / BODY_SIZE) * MOTION_SIZE;
  return { motion: motion.slice(start * each, (start + length) * each), bodies };
}

/** Bytes of episodes that are kept: states are small, and read from many times. */
const KEPT_BYTES = 256 * 2 ** 20;
const kept = new WeakMap<StateData, Map<number, Promise<States>>>();

function wholeEpisode(data: StateData, episode: number): Promise<States> {
  const episodes = kept.get(data) ?? new Map<number, Promise<States>>();
  kept.set(data, episodes);
  const known = episodes.get(episode);
  if (known) return known;
  const reading = readEpisode(data, episode);
  reading.catch(() => episodes.delete(episode));
  const bytes = 4 * data.frames * data.manifest.bodies.length * MOTION_SIZE;
  if (episodes.size >= Math.max(1, Math.floor(KEPT_BYTES / bytes)))
    episodes.delete(episodes.keys().next().value!);
  episodes.set(episode, reading);
  return reading;
}

const MOTION_ARRAYS = {
  position: 'position',
  orientation: 'quaternion',
  velocity: 'velocity',
  spin: 'angular_velocity',
} as const;

async function readEpisode(data: StateData, episode: number): Promise<States> {
  const clip = { episode, start: 0, length: data.frames };
  const [arrays, scene] = await Promise.all([
    data.readClip(clip, [...Object.values(MOTION_ARRAYS), 'size']),
    data.readScene(episode),
  ]);
  const count = scene.bodies.length;
  const motion = new Float32Array(data.frames * count * MOTION_SIZE);
  for (const [name, array] of Object.entries(MOTION_ARRAYS) as [keyof typeof MOTION, 'position'][]) {
    const [from, to] = MOTION[name];
    const size = to - from;
    for (let row = 0; row < data.frames * count; row++)
      motion.set(arrays[array].subarray(row * size, (row + 1) * size), row * MOTION_SIZE + from);
  }
  const bodies = new Float32Array(count * BODY_SIZE);
  scene.bodies.forEach(({ shape, mass, material, charge, collides }, i) => {
    const at = (name: keyof typeof BODY) => i * BODY_SIZE + BODY[name][0];
    bodies[at('kind') + shapeKinds.indexOf(shape.kind)] = 1;
    bodies.set(arrays.size.subarray(3 * i, 3 * i + 3), at('size'));
    bodies[at('mass')] = mass;
    bodies[at('restitution')] = material.restitution;
    bodies[at('friction')] = material.friction;
    bodies[at('charge')] = charge;
    bodies[at('collides')] = collides ? 1 : 0;
  });
  return { motion, bodies };
}

/** Episodes of a range that are looked at, at most, evenly apart. */
const SURVEYED = 256;
function surveyed({ start, count }: Range): number[] {
  const looked = Math.min(count, SURVEYED);
  return Array.from({ length: looked }, (_, i) => start + Math.floor((i * count) / looked));
}

/**
 * What a model of states must know of a dataset.
 * @param episodes that are trained on
 * @throws where nothing moves
 */
export async function surveyStates(data: StateData, episodes: Range): Promise<StateWorld> {
  const { manifest } = data;
  const statistics = stateStatistics(manifest.dt);
  for (const episode of surveyed(episodes)) {
    const { motion, bodies } = await wholeEpisode(data, episode);
    statistics.add(motion, bodies);
  }
  // A split may hold bodies that the training episodes lack, and an episode some that the others of its split lack.
  const moving = new Set<number>();
  for (const episode of [episodes, ...Object.values(manifest.splits)].flatMap(surveyed)) {
    const { bodies } = await data.readScene(episode);
    bodies.forEach(({ mass }, i) => mass > 0 && moving.add(i));
  }
  if (moving.size === 0)
    throw new Error(`dataset "${manifest.spec.name}": nothing moves in it; choose another`);
  return {
    sees: 'states',
    bodies: manifest.bodies.length,
    moving: [...moving].sort((a, b) => a - b),
    dt: manifest.dt,
    actions: manifest.actions.length,
    statistics: statistics.result(),
  };
}
