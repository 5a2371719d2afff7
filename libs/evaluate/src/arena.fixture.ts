/** A small world with a closed form, for tests: the balls of "bounce" on straight lines, each in its own lane. */
import type { ArrayName, ClipArrays, Dataset } from '@orrery/dataset';
import { key } from '@orrery/random';
import { createRenderer } from '@orrery/render';
import { bounce, bounceConfigSchema, type Scene } from '@orrery/scene';

export const SIZE = { width: 64, height: 64 } as const;
export const FRAME_BYTES = 64 * 64 * 3;

export function arenaScene(seed: number, balls = 2): Scene {
  return bounce.sample(key(seed), bounceConfigSchema.parse({ balls, speed: [1.5, 3] }));
}

/** [N, 3] m: each ball in its own upright lane of the 4 m arena, reflected at the lane's borders. */
export function positionsAt(scene: Scene, time: number): number[] {
  const lane = 4 / scene.bodies.filter(({ mass }) => mass > 0).length;
  return scene.bodies.flatMap((body, i) => {
    if (body.shape.kind !== 'sphere') return body.position;
    const { radius } = body.shape;
    const along = (start: number, velocity: number, low: number, high: number) => {
      const span = high - low;
      const turn = (((start - low + velocity * time) % (2 * span)) + 2 * span) % (2 * span);
      return low + (turn <= span ? turn : 2 * span - turn);
    };
    const [x, y, z] = body.position;
    const [vx, , vz] = body.velocity;
    const left = i * lane - 2;
    return [along(x, vx, left + radius, left + lane - radius), y, along(z, vz, radius, 4 - radius)];
  });
}

/** [T, H, W, 3] u8 and [T, N, 3] m */
export function film(scene: Scene, frames: number) {
  const renderer = createRenderer(scene, SIZE);
  const quaternion = scene.bodies.flatMap((body) => body.quaternion);
  const position = Array.from({ length: frames }, (_, t) => positionsAt(scene, t * scene.dt));
  const rgb = new Uint8Array(frames * FRAME_BYTES);
  position.forEach((place, t) =>
    rgb.set(renderer.render({ position: place, quaternion }).rgb, t * FRAME_BYTES),
  );
  return {
    rgb,
    position: Float32Array.from(position.flat()),
    quaternion: Float32Array.from(position.flatMap(() => quaternion)),
  };
}

/** A dataset in memory: 2 episodes to train on and `test` held-out ones. */
export function arenaDataset({ frames = 16, test = 3 } = {}): Dataset {
  const scenes = Array.from({ length: 2 + test }, (_, episode) => arenaScene(episode));
  const readEpisode = async () => {
    throw new Error('an arena has no episodes.jsonl');
  };
  const films = new Map<number, ReturnType<typeof film>>();
  return {
    manifest: {
      format: 'orrery.dataset',
      version: 2,
      size: 'tiny',
      spec: {
        name: 'arena',
        scene: 'bounce',
        sceneConfig: {},
        frames,
        episodes: { train: 2, test, shifted: 0, pairs: 0 },
        ...SIZE,
        pictures: ['rgb'],
      },
      seed: 0,
      generator: '1',
      dt: scenes[0].dt,
      units: {},
      bodies: scenes[0].bodies.map(({ name }) => name),
      actions: [],
      camera: null,
      factors: {},
      splits: { train: { start: 0, count: 2 }, test: { start: 2, count: test } },
      checksums: { arrays: {}, dataset: 'c0ffee', files: {}, manifest: '' },
    },
    episodes: 2 + test,
    frames,
    arrays: ['rgb', 'position', 'quaternion'],
    shape: async () => [],
    async readClip<K extends ArrayName>(
      { episode, start, length }: { episode: number; start: number; length: number },
      arrays: readonly K[],
    ) {
      if (!films.has(episode)) films.set(episode, film(scenes[episode], frames));
      const whole = films.get(episode)! as Partial<Record<ArrayName, Uint8Array | Float32Array>>;
      return Object.fromEntries(
        arrays.map((name) => {
          const stride = whole[name]!.length / frames;
          return [name, whole[name]!.slice(start * stride, (start + length) * stride)];
        }),
      ) as ClipArrays<K>;
    },
    readEpisode,
    readScene: async (episode) => scenes[episode],
  };
}
