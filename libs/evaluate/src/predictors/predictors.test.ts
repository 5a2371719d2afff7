import { key } from '@orrery/random';
import { createRenderer } from '@orrery/render';
import { parseScene, type Scene } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { createBodyParser } from '../bodies/parse.ts';
import { constantVelocity } from './constant-velocity.ts';
import { copyLast } from './copy-last.ts';
import { linear } from './linear.ts';
import { modelPredictor } from './model.ts';
import type { Context } from './predictor.ts';

/** A ball of radius 0.4 m (6.4 pixels of 64) before a grey wall, seen straight on. */
const scene: Scene = parseScene({
  name: 'one ball',
  bodies: [
    {
      name: 'red',
      shape: { kind: 'sphere', radius: 0.4 },
      mass: 1,
      material: { restitution: 1, friction: 0 },
      color: [0.85, 0.03, 0.03],
      position: [0, 0, 2],
      linearFactor: [1, 0, 1],
    },
    {
      name: 'wall',
      shape: { kind: 'plane' },
      mass: 0,
      material: { restitution: 1, friction: 0 },
      color: [0.5, 0.5, 0.5],
      position: [0, 0.6, 2],
      quaternion: [Math.SQRT1_2, 0, 0, Math.SQRT1_2],
    },
  ],
  gravity: [0, 0, 0],
  camera: { kind: 'orthographic', position: [0, -5, 2], target: [0, 0, 2], height: 4 },
  light: { direction: [0.3, 1, -0.5], intensity: 0.7, ambient: 0.3 },
  background: [0, 0, 0],
  dt: 0.05,
  substeps: 1,
});
const size = { width: 64, height: 64 };

/** Frames of the ball at `places` (x, z in m). */
function film(places: readonly (readonly [number, number])[]): Uint8Array {
  const renderer = createRenderer(scene, size);
  const frames = places.map(
    ([x, z]) =>
      renderer.render({
        position: [x, 0, z, ...scene.bodies[1].position],
        quaternion: scene.bodies.flatMap((body) => body.quaternion),
      }).rgb,
  );
  return Uint8Array.from(frames.flatMap((frame) => [...frame]));
}

/** Frames of one row of two pixels. */
function tinyContext(...frames: readonly (readonly number[])[]): Context {
  return { frames: Uint8Array.from(frames.flat()), count: frames.length, width: 2, height: 1, scene };
}

describe('copy last frame', () => {
  test('repeats it', async () => {
    const context = tinyContext([9, 9, 9, 9, 9, 9], [1, 2, 3, 4, 5, 6]);
    expect(await copyLast.predict([context], 2)).toEqual([
      { frames: Uint8Array.from([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]) },
    ]);
  });
});

describe('linear extrapolation', () => {
  test('x + k (x - before), clipped, each pixel on its own', async () => {
    const context = tinyContext([10, 100, 250, 0, 7, 128], [20, 90, 255, 0, 7, 0]);
    expect(await linear.predict([context], 3)).toEqual([
      {
        frames: Uint8Array.from([
          ...[30, 80, 255, 0, 7, 0], // k = 1
          ...[40, 70, 255, 0, 7, 0],
          ...[50, 60, 255, 0, 7, 0],
        ]),
      },
    ]);
  });

  test('one frame is not enough', async () => {
    await expect(linear.predict([tinyContext([1, 2, 3, 4, 5, 6])], 1)).rejects.toThrow(
      'context: 1 frames, but the predictor reads 2',
    );
  });
});

describe('constant velocity', () => {
  const parser = createBodyParser(scene, size);
  const places = async (given: readonly (readonly [number, number])[], steps: number) => {
    const context = { frames: film(given), count: given.length, scene, ...size };
    const [{ frames }] = await constantVelocity.predict([context], steps);
    return Array.from({ length: steps }, (_, step) => {
      const { positions } = parser.parse(frames.subarray(step * 12288, (step + 1) * 12288));
      return [positions[0], positions[2]];
    });
  };

  test('the ball goes on as it went', async () => {
    const predicted = await places(
      [
        [-1, 1],
        [-0.9, 1.05],
      ],
      8,
    );
    predicted.forEach(([x, z], i) => {
      expect(Math.abs(x - (-0.9 + 0.1 * (i + 1)))).toBeLessThan(0.025);
      expect(Math.abs(z - (1.05 + 0.05 * (i + 1)))).toBeLessThan(0.025);
    });
  });

  test('and stops where it touches the border', async () => {
    const [x, z] = (
      await places(
        [
          [1, 2],
          [1.3, 2],
        ],
        4,
      )
    ).at(-1)!;
    expect(x).toBeCloseTo(1.6, 1);
    expect(z).toBeCloseTo(2, 1);
  });

  test('its picture is that of a world that goes on so, shadow included', async () => {
    const step = 2 / 16; // two pixels
    const frames = film([0, 1, 2].map((t) => [step * t - 1, 2] as const));
    const context = { frames: frames.subarray(0, 2 * 12288), count: 2, scene, ...size };
    const [{ frames: predicted }] = await constantVelocity.predict([context], 1);
    const wrong = predicted.filter((value, i) => Math.abs(value - frames[2 * 12288 + i]) > 12).length;
    expect(wrong / predicted.length).toBeLessThan(0.02);
  });
});

describe('the model', () => {
  test('gets the last frames of the context and returns its own', async () => {
    const seen: number[][] = [];
    const predictor = modelPredictor(
      {
        contextFrames: 2,
        async rollout(context, batch, steps) {
          seen.push([batch, steps, ...context.context]);
          return Uint8Array.from({ length: batch * steps * 6 }, (_, i) => i);
        },
      },
      'test',
    );
    const a = tinyContext([0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2]);
    const b = tinyContext([3, 3, 3, 3, 3, 3], [4, 4, 4, 4, 4, 4], [5, 5, 5, 5, 5, 5]);
    const frames = await predictor.predict([a, b], 1);
    expect(seen).toEqual([[2, 1, ...[1, 2, 4, 5].flatMap((v) => Array(6).fill(v))]]);
    expect(frames).toEqual([
      { frames: Uint8Array.from([0, 1, 2, 3, 4, 5]) },
      { frames: Uint8Array.from([6, 7, 8, 9, 10, 11]) },
    ]);
  });

  test('gets the actions from its first context frame on to the last predicted, and the key of each clip', async () => {
    const seen: unknown[] = [];
    const predictor = modelPredictor(
      {
        contextFrames: 2,
        async rollout(_context, batch, steps, options) {
          seen.push([...options!.actions!], options!.keys);
          return new Uint8Array(batch * steps * 6);
        },
      },
      'test',
      { sees: 'frames', actions: 2 },
    );
    const given = (first: number, own: number) => ({
      ...tinyContext(...[0, 1, 2].map((value) => Array<number>(6).fill(value))),
      actions: Float32Array.from({ length: 2 * 6 }, (_, i) => first + i),
      key: key(own),
    });
    await predictor.predict([given(0, 7), given(100, 8)], 2);
    // Of [frame 0, frame 1, frame 2 | frame 3, frame 4, ...]: from frame 1 to 2, from 2 to 3, from 3 to 4.
    expect(seen).toEqual([
      [2, 3, 4, 5, 6, 7, 102, 103, 104, 105, 106, 107],
      [key(7), key(8)],
    ]);
  });
});
