/** A small world with a closed form, for tests: the balls of "bounce" on straight lines, each in its own lane. */
import type { ArrayName, ClipArrays, Dataset } from '@orrery/dataset';
import { key } from '@orrery/random';
import { createRenderer } from '@orrery/render';
import { bounce, bounceConfigSchema, type Scene } from '@orrery/scene';

export const SIZE = { width: 64, height: 64 } as const;
export const FRAME_BYTES = 64 * 64 * 3;

export function arenaScene(seed: number, balls = 2, speed = [1.5, 3]): Scene {
  return bounce.sample(key(seed), bounceConfigSchema.parse({ balls, speed }));
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

/** How often something that starts at `along` (from its low border, in spans) has met its low and its high border. */
function borders(along: number, moved: number): readonly [number, number] {
  const [now, then] = [Math.floor(along), Math.floor(along + moved)];
  const between = Array.from({ length: Math.abs(then - now) }, (_, i) => Math.max(now, then) - i);
  const low = between.filter((wall) => wall % 2 === 0).length;
  return [low, between.length - low];
}

/**
 * [T, C, 9] as a dataset records them: balls meet floor and ceiling; left and right walls too, where those end the lane.
 * The lanes' other borders are no bodies.
 */
export function contactsOf(scene: Scene, frames: number): Float32Array {
  const balls = scene.bodies.filter(({ mass }) => mass > 0);
  const lane = 4 / balls.length;
  const wall = (name: string) => scene.bodies.findIndex((body) => body.name === name);
  const slots = 4 * balls.length;
  const contacts = new Float32Array(frames * slots * 9).fill(NaN);
  balls.forEach(({ shape, position: [x, , z], velocity: [vx, , vz] }, i) => {
    if (shape.kind !== 'sphere') return;
    const { radius } = shape;
    const left = i * lane - 2;
    const axes = [
      {
        at: x - left - radius,
        v: vx,
        span: lane - 2 * radius,
        low: i === 0 ? 'left' : '',
        high: i === balls.length - 1 ? 'right' : '',
      },
      { at: z - radius, v: vz, span: 4 - 2 * radius, low: 'floor', high: 'ceiling' },
    ];
    axes.forEach(({ at, v, span, low, high }, axis) => {
      for (let t = 1; t < frames; t++) {
        const before = borders(at / span, (v * (t - 1) * scene.dt) / span);
        const now = borders(at / span, (v * t * scene.dt) / span);
        [low, high].forEach((name, side) => {
          if (name === '' || now[side] === before[side]) return;
          const slot = 4 * i + 2 * axis + side;
          contacts.set([i, wall(name), 0, 0, 0, 0, 0, 0, 1], (t * slots + slot) * 9);
        });
      }
    });
  });
  return contacts;
}

/** [T, H, W, 3] u8 and [T, N, 3] m */
export function film(scene: Scene, frames: number) {
  const renderer = createRenderer(scene, SIZE);
  const quaternion = scene.bodies.flatMap((body) => body.quaternion);
  const moved = ({ name }: Scene['bodies'][number], t: number, axis: number) =>
    scene.interventions
      .filter((event) => event.kind === 'teleport' && event.body === name && event.frame <= t)
      .reduce((sum, event) => sum + (event.kind === 'teleport' ? event.offset[axis] : 0), 0);
  const position = Array.from({ length: frames }, (_, t) =>
    positionsAt(scene, t * scene.dt).map((x, i) => x + moved(scene.bodies[Math.floor(i / 3)], t, i % 3)),
  );
  const rgb = new Uint8Array(frames * FRAME_BYTES);
  position.forEach((place, t) =>
    rgb.set(renderer.render({ position: place, quaternion }).rgb, t * FRAME_BYTES),
  );
  return {
    rgb,
    position: Float32Array.from(position.flat()),
    quaternion: Float32Array.from(position.flatMap(() => quaternion)),
    contact: contactsOf(scene, frames),
  };
}

/** The frame at which the impossible member of a pair jumps to the other side of its arena. */
export const JUMP = 8;

/** A scene of which one ball jumps by a metre. */
function jumping(scene: Scene): Scene {
  const [ball] = scene.bodies;
  const [, , z] = positionsAt(scene, JUMP * scene.dt);
  const offset: [number, number, number] = [0, 0, z > 2 ? -1 : 1];
  return { ...scene, interventions: [{ kind: 'teleport', frame: JUMP, body: ball.name, offset }] };
}

/**
 * A dataset in memory: 2 episodes to train on, `test` held-out ones, `shifted` of faster balls, and `pairs` of which the
 * second member has a ball that jumps.
 */
export function arenaDataset({ frames = 16, test = 3, shifted = 0, pairs = 0 } = {}): Dataset {
  const scenes = [
    ...Array.from({ length: 2 + test }, (_, episode) => arenaScene(episode)),
    ...Array.from({ length: shifted }, (_, i) => arenaScene(100 + i, 2, [4, 5])),
    ...Array.from({ length: pairs }, (_, i) => arenaScene(200 + i)).flatMap((scene) => [
      scene,
      jumping(scene),
    ]),
  ];
  const marked = {
    ...(shifted > 0 && { 'ood-speed': { start: 2 + test, count: shifted, factor: 'speed' } }),
    ...(pairs > 0 && {
      'pairs-teleport': { start: 2 + test + shifted, count: 2 * pairs, variant: 'teleport' },
    }),
  };
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
      factors: { speed: { unit: 'm/s', description: '', range: [1.5, 3], shifted: [4, 5] } },
      splits: { train: { start: 0, count: 2 }, test: { start: 2, count: test }, ...marked },
      checksums: { arrays: {}, dataset: 'c0ffee', files: {}, manifest: '' },
    },
    episodes: scenes.length,
    frames,
    arrays: ['rgb', 'position', 'quaternion', 'contact'],
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
