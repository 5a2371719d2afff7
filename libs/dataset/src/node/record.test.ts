import type { Contact, Trajectory } from '@orrery/physics';
import { parseScene, sceneSchema, type Appearance } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { contactSlots, datasetExtent } from '../extent.ts';
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
const extent = datasetExtent(spec, { episode: 2, body: 2, contact: 2, actuator: 0 });

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
    expect([0, 64, 128].map((i) => episode.rgb![3 * i])).toEqual([0, 6, 12]);
    expect([0, 64, 128].map((i) => episode.depth![i])).toEqual([0, 1, 2]);
    expect([63, 127, 191].map((i) => episode.segmentation![i])).toEqual([5, 11, 17]);
    expect([...episode.momentum]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => i / 8));
  });

  test('what bodies are, whether they are drawn, and what acted', () => {
    const capsule = { kind: 'capsule' as const, radius: 0.2, halfLength: 0.7 };
    const box = { kind: 'box' as const, halfExtents: [1, 2, 3] as [number, number, number] };
    const mixed = sceneSchema.parse({
      ...scene,
      bodies: [
        { ...ball('a', 0, 2), material: { restitution: 0.25, friction: 0.5 } },
        { ...ball('b', 5), shape: capsule },
        { ...ball('c', 10, 0), shape: box, visible: false },
        { ...ball('d', -9, 0), shape: { kind: 'plane' } },
      ],
      actuators: [{ kind: 'force', name: 'push', body: 'a', direction: [1, 0, 0], limit: 1 }],
      interventions: [{ kind: 'vanish', frame: 2, body: 'a' }],
    });
    const wide = { ...extent, body: 4, actuator: 1 };
    const episode = episodeBuffers(wide);
    const count = (n: number) => Float64Array.from({ length: n }, (_, i) => i / 8);
    const happened = {
      ...{ ...trajectory(), bodies: 4, action: Float64Array.of(0.5, -1, 0) },
      ...{ position: count(36), quaternion: count(48), velocity: count(36), angularVelocity: count(36) },
    };
    recordEpisode(mixed, happened, source, wide, episode);
    expect([...episode.mass]).toEqual([2, 1, 0, 0]);
    expect([...episode.size]).toEqual(
      [0.5, 0.5, 0.5, 0.2, 0.2, 0.7 + 0.2, 1, 2, 3, 0, 0, 0].map(Math.fround),
    );
    expect([...episode.material]).toEqual([0.25, 0.5, 1, 0, 1, 0, 1, 0]);
    expect([...episode.visible]).toEqual([1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1]);
    expect([...episode.action!]).toEqual([0.5, -1, 0]);
  });

  test('pictures that are not asked for are not kept', () => {
    const episode = episodeBuffers({ ...extent, pictures: ['depth'] });
    recordEpisode(scene, trajectory(), source, { ...extent, pictures: ['depth'] }, episode);
    expect([0, 64, 128].map((i) => episode.depth![i])).toEqual([0, 1, 2]);
    expect(Object.keys(episode)).not.toContain('rgb');
    const blind: FrameSource = {
      render: () => {
        throw new Error('nothing to draw');
      },
    };
    const none = { ...extent, pictures: [] };
    recordEpisode(scene, trajectory(), blind, none, episodeBuffers(none));
  });

  test('flow follows what a pixel shows to the next frame, and looks change with interventions', () => {
    const seen: (Appearance[] | undefined)[] = [];
    const marked = sceneSchema.parse({
      ...scene,
      interventions: [{ kind: 'recolor', frame: 1, body: 'a', color: [0, 0, 1] }],
    });
    const filled: FrameSource = {
      render(poses, into) {
        seen.push(poses.appearances as Appearance[] | undefined);
        into.depth.fill(5);
        into.segmentation.fill(1);
        return into;
      },
    };
    const wide = { ...extent, pictures: ['flow' as const] };
    const episode = episodeBuffers(wide);
    // Body "a" goes 0.75 m to the right and 2.25 m up a frame; a pixel is 4 m / 8.
    const straight = trajectory();
    for (let t = 0; t < 3; t++) {
      straight.position.set([0.75 * t, 0, 2.25 * t], 6 * t);
      straight.quaternion.set([0, 0, 0, 1], 8 * t);
    }
    recordEpisode(marked, straight, filled, wide, episode);
    for (const t of [0, 1])
      for (const p of [0, 63]) {
        expect(episode.flow![(t * 64 + p) * 2]).toBeCloseTo(1.5, 6);
        expect(episode.flow![(t * 64 + p) * 2 + 1]).toBeCloseTo(-4.5, 6);
      }
    expect(episode.flow!.subarray(2 * 128).every((value) => value === 0)).toBe(true);
    expect(seen.map((looks) => looks![0]!.color)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
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
