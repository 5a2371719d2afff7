import type { Contact, Trajectory } from '@orrery/physics';
import { parseScene } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { contactSlots, datasetExtent } from '../arrays.ts';
import { datasetSpecSchema } from '../manifest.ts';
import { episodeBuffers, recordEpisode, type FrameSource } from './record.ts';

const spec = datasetSpecSchema.parse({
  ...{ name: 'x', scene: 'x', frames: 3, width: 8, height: 8, episodes: { train: 1, test: 1 } },
});
const material = { restitution: 1, friction: 0 };
const ball = (name: string, x: number, mass = 1) => ({
  ...{ name, mass, material, color: [1, 0, 0] as [number, number, number] },
  ...{ shape: { kind: 'sphere' as const, radius: 0.5 }, position: [x, 0, 0] as [number, number, number] },
});
const scene = parseScene({
  ...{ name: 'x', gravity: [0, 0, 0], background: [0, 0, 0], dt: 0.1, substeps: 1 },
  bodies: [ball('a', 0), ball('b', 2)],
  camera: { kind: 'orthographic', position: [0, -5, 0], target: [0, 0, 0], height: 4 },
  light: { direction: [0, 1, 0], intensity: 1, ambient: 0 },
});
const extent = datasetExtent(spec, 2, 2);

function trajectory(contacts: Contact[][] = [[], [], []]): Trajectory {
  const count = (n: number) => Float64Array.from({ length: n }, (_, i) => i / 8);
  return {
    ...{ frames: 3, bodies: 2, dt: 0.1, contacts },
    ...{ position: count(18), quaternion: count(24), velocity: count(18), angularVelocity: count(18) },
    ...{ energy: count(3), momentum: count(9), action: count(0) },
  };
}

/** Paints each frame in one value taken from its poses. */
const source: FrameSource = {
  render(poses, into) {
    into.rgb.fill(poses.position[0]! * 8);
    into.depth.fill(poses.quaternion[0]!);
    into.segmentation.fill(poses.position[5]! * 8);
    return into;
  },
};

const contact = (bodyA: number, bodyB: number, impulse: number): Contact => ({
  ...{ bodyA, bodyB, impulse, point: [1, 2, 3], normal: [0, 0, 1] },
});

describe('recording an episode', () => {
  test('each frame gets the poses of its bodies and its own part of the pictures', () => {
    const episode = episodeBuffers(extent);
    recordEpisode(scene, trajectory(), source, extent, episode);
    expect([0, 64, 128].map((i) => episode.rgb[3 * i])).toEqual([0, 6, 12]);
    expect([0, 64, 128].map((i) => episode.depth[i])).toEqual([0, 1, 2]);
    expect([63, 127, 191].map((i) => episode.segmentation[i])).toEqual([5, 11, 17]);
    expect([...episode.momentum]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => i / 8));
  });

  test('contacts are padded with the quiet NaN of NumPy, also over those of the episode before', () => {
    const episode = episodeBuffers(extent);
    recordEpisode(scene, trajectory([[contact(0, 1, 9)], [], []]), source, extent, episode);
    recordEpisode(
      scene,
      trajectory([[], [contact(0, 1, 5)], [contact(0, 1, 6), contact(0, 1, 7)]]),
      source,
      extent,
      episode,
    );
    expect([...episode.contact_count]).toEqual([0, 1, 2]);
    const none = Array<number>(9).fill(NaN);
    const one = (impulse: number) => [0, 1, 1, 2, 3, 0, 0, 1, impulse];
    expect([...episode.contact]).toEqual([...none, ...none, ...one(5), ...none, ...one(6), ...one(7)]);
    // numpy.float32("nan").tobytes().hex() is 0000c07f.
    expect(new Uint32Array(episode.contact.buffer)[0]).toBe(0x7fc00000);
  });

  test('more contacts than slots, and a simulation that exploded, are refused', () => {
    const episode = episodeBuffers(extent);
    const crowd = [contact(0, 1, 1), contact(0, 1, 2), contact(0, 1, 3)];
    expect(() => recordEpisode(scene, trajectory([[], crowd, []]), source, extent, episode)).toThrow(
      'frame 1 has 3 contacts, and a frame has room for 2; use fewer bodies or a shorter dt',
    );
    const exploded = trajectory();
    exploded.velocity[9] = 1e300; // finite, but not as the float32 that is stored
    expect(() => recordEpisode(scene, exploded, source, extent, episode)).toThrow(
      'the simulation exploded: velocity of body "b" is Infinity in frame 1; use more substeps',
    );
    const lost = trajectory();
    lost.energy[2] = NaN;
    expect(() => recordEpisode(scene, lost, source, extent, episode)).toThrow('energy is NaN in frame 2');
    const blind: FrameSource = { render: (_, into) => (into.depth.fill(NaN), into) };
    expect(() => recordEpisode(scene, trajectory(), blind, extent, episode)).toThrow(
      'depth picture holds NaN',
    );
  });
});

test('slots for contacts follow from the bodies', () => {
  const body = (kind: 'sphere' | 'box' | 'plane', mass = 1) => ({ mass, shape: { kind } as never });
  expect(contactSlots([body('sphere'), body('sphere'), body('plane', 0), body('plane', 0)])).toBe(5);
  expect(contactSlots([body('box'), body('plane', 0)])).toBe(16);
  expect(contactSlots([body('plane', 0), body('box', 0)])).toBe(1);
  expect(contactSlots(Array.from({ length: 50 }, () => body('box')))).toBe(32 * 50);
});
