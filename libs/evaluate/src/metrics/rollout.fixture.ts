/** Rollouts with closed forms, for tests: bodies where a function says, no pictures. */
import type { Scene, Vec3 } from '@orrery/scene';
import type { BodyParser } from '../bodies/parse.ts';
import { silhouetteRadius } from '../bodies/place.ts';
import { holdLost } from './position.ts';
import type { Rollout } from './rollout.ts';

/** Where body `i` is in frame `t`, m; undefined where a parser does not find it. */
export type Path = (t: number, i: number) => Vec3 | undefined;

export interface Film {
  readonly scene: Scene;
  readonly context: number;
  readonly steps: number;
  /** Where bodies truly are, and where a prediction shows them; in the context it shows them there too. */
  readonly truth: Path;
  readonly predicted: Path;
  /** Share of body `i` that is seen in frame `t`; 1 unless given. */
  readonly shown?: (t: number, i: number) => number;
  /** Pairs of bodies that touch, by frame. */
  readonly contacts?: Readonly<Record<number, readonly (readonly [number, number])[]>>;
}

/** The bodies that move are followed, 16 pixels to a metre. */
export function rolloutOf({ scene, context, steps, truth, predicted, shown, contacts = {} }: Film): Rollout {
  const bodies = scene.bodies.flatMap(({ mass }, index) => (mass > 0 ? [index] : []));
  const total = context + steps;
  const places = (path: Path) =>
    Float64Array.from(
      Array.from({ length: total }, (_, t) => bodies.flatMap((_, i) => path(t, i) ?? [NaN, NaN, NaN])).flat(),
    );
  const parsed = places((t, i) => (t < context ? truth(t, i) : predicted(t, i)));
  const held = Float64Array.from(parsed);
  const each = 3 * bodies.length;
  for (let t = 1; t < total; t++)
    held.set(
      holdLost(parsed.subarray(t * each, (t + 1) * each), held.subarray((t - 1) * each, t * each)),
      t * each,
    );
  const parser = {
    bodies,
    scales: bodies.map(() => 16),
    radii: bodies.map((index) => 16 * silhouetteRadius(scene.bodies[index])),
  } as Partial<BodyParser> as BodyParser;
  return {
    clip: {
      ...{ episode: 0, start: 0, scene, width: 0, height: 0, frames: new Uint8Array() },
      ...{ position: new Float32Array(), quaternion: new Float32Array() },
      contacts: Array.from({ length: total }, (_, t) => contacts[t] ?? []),
    },
    ...{ parser, context, steps, frames: new Uint8Array(), seen: places(truth), parsed, held },
    shown: Float64Array.from(
      Array.from({ length: total }, (_, t) => bodies.map((_, i) => shown?.(t, i) ?? 1)).flat(),
    ),
  };
}
