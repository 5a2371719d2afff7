/**
 * Energy and momentum of what a film shows: of the bodies that are followed, from where they are in two frames.
 *
 * Velocities are differences of positions over the time between frames. For a body in free flight that is the exact
 * velocity half way, and the potential of the mean place is off by the same constant in prediction and truth, so their
 * difference is exact. Spin is not seen, and does not count on either side.
 */
import type { Scene, Vec3 } from '@orrery/scene';
import { hiddenDepth, percent, type Facts, type Metric } from './definition.ts';
import { atFrame, perStep, type Rollout } from './rollout.ts';

interface Motion {
  /** J */
  readonly kinetic: number;
  /** J, in gravity and in the scene's fields */
  readonly potential: number;
  /** kg m/s */
  readonly momentum: Vec3;
}

/**
 * @param bodies indices in the scene of those that count
 * @param now [N, 3] m, where each of them is: `bodies.length` rows
 * @param before [N, 3] m, a frame earlier
 */
export function motionOf(
  scene: Scene,
  bodies: readonly number[],
  now: ArrayLike<number>,
  before: ArrayLike<number>,
): Motion {
  const middle = Array.from(now, (x, i) => (x + before[i]) / 2);
  let kinetic = 0;
  let potential = 0;
  const momentum: [number, number, number] = [0, 0, 0];
  bodies.forEach((index, i) => {
    const { mass } = scene.bodies[index];
    for (let axis = 0; axis < 3; axis++) {
      const velocity = (now[3 * i + axis] - before[3 * i + axis]) / scene.dt;
      kinetic += (mass * velocity * velocity) / 2;
      potential -= mass * scene.gravity[axis] * middle[3 * i + axis];
      momentum[axis] += mass * velocity;
    }
  });
  return { kinetic, potential: potential + pairPotential(scene, bodies, middle), momentum };
}

/** J of the fields between the bodies, 0 for infinite distance: -G ma mb / d and k qa qb / d, d² = r² + s². */
function pairPotential(
  { fields, ...scene }: Scene,
  bodies: readonly number[],
  places: readonly number[],
): number {
  let sum = 0;
  for (const field of fields) {
    if (field.kind === 'spring') continue;
    for (let i = 0; i < bodies.length; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [scene.bodies[bodies[i]], scene.bodies[bodies[j]]];
        const strength = field.kind === 'charge' ? a.charge * b.charge : -a.mass * b.mass;
        const r = Math.hypot(...[0, 1, 2].map((axis) => places[3 * i + axis] - places[3 * j + axis]));
        sum += (field.constant * strength) / Math.hypot(r, field.softening);
      }
  }
  return sum;
}

/** |predicted - true| of a quantity of the bodies that are found in both frames, as a share of a scale of the clip. */
function drift(
  rollout: Rollout,
  scale: number,
  difference: (predicted: Motion, truth: Motion) => number,
): Float64Array {
  const { clip, parser } = rollout;
  return perStep(rollout, (t) => {
    const [now, before] = [atFrame(rollout.parsed, rollout, t), atFrame(rollout.parsed, rollout, t - 1)];
    const found = parser.bodies.flatMap((_, i) => (Number.isNaN(now[3 * i] + before[3 * i]) ? [] : [i]));
    if (found.length === 0 || !(scale > 0)) return NaN;
    const bodies = found.map((i) => parser.bodies[i]);
    const rows = (values: Float64Array) => found.flatMap((i) => [...values.subarray(3 * i, 3 * i + 3)]);
    const truth = motionOf(
      clip.scene,
      bodies,
      rows(atFrame(rollout.seen, rollout, t)),
      rows(atFrame(rollout.seen, rollout, t - 1)),
    );
    return difference(motionOf(clip.scene, bodies, rows(now), rows(before)), truth) / scale;
  });
}

/** The largest value over the true frames of the clip. */
function peak(rollout: Rollout, read: (motion: Motion) => number): number {
  const { clip, parser, context, steps, seen } = rollout;
  let largest = 0;
  for (let t = 1; t < context + steps; t++) {
    const motion = motionOf(
      clip.scene,
      parser.bodies,
      atFrame(seen, rollout, t),
      atFrame(seen, rollout, t - 1),
    );
    largest = Math.max(largest, read(motion));
  }
  return largest;
}

/** [S] |E - E true| over the largest true kinetic energy of the clip; NaN where no body is found. */
export function energyDrift(rollout: Rollout): Float64Array {
  const scale = peak(rollout, ({ kinetic }) => kinetic);
  return drift(rollout, scale, (a, b) => Math.abs(a.kinetic + a.potential - b.kinetic - b.potential));
}

/** [S] |P - P true| over the largest true sum of m |v| of the clip; NaN where no body is found. */
export function momentumDrift(rollout: Rollout): Float64Array {
  const { clip, parser, context, steps, seen } = rollout;
  let scale = 0;
  for (let t = 1; t < context + steps; t++) {
    const [now, before] = [atFrame(seen, rollout, t), atFrame(seen, rollout, t - 1)];
    const each = parser.bodies.map((index, i) =>
      Math.hypot(
        ...motionOf(clip.scene, [index], now.subarray(3 * i, 3 * i + 3), before.subarray(3 * i, 3 * i + 3))
          .momentum,
      ),
    );
    scale = Math.max(
      scale,
      each.reduce((a, b) => a + b, 0),
    );
  }
  return drift(rollout, scale, (a, b) => Math.hypot(...a.momentum.map((p, axis) => p - b.momentum[axis])));
}

/** Springs pull at anchors that turn with the body, which a parser does not see. */
function unseenSpring(facts: Facts): string | undefined {
  const { fields } = facts.rollout.clip.scene;
  return (
    hiddenDepth(facts) ??
    (fields.some(({ kind }) => kind === 'spring')
      ? 'the scene has springs, whose anchors turn with bodies whose turn is not seen'
      : undefined)
  );
}

const PLAIN =
  'Velocities are differences of parsed positions between frames; a body that jumps has the speed of its jump; only bodies that are found in both frames count, in the truth as well. The row "truth" is the floor.';

export const motionMetrics: readonly Metric[] = [
  {
    name: 'energy_drift',
    label: 'energy drift',
    unit: '%',
    better: 'lower',
    digits: 1,
    description: `Difference between the energy of the predicted and of the true motion, without sign: kinetic energy of translation and potential energy in gravity and fields, of the bodies that are followed, as a share of the largest true kinetic energy of the clip. Compared with the truth rather than with the start, because contacts and actions may change the energy rightly. ${PLAIN}`,
    unavailable: unseenSpring,
    empty: 'nothing moves',
    measure: energyDrift,
    fromMean: percent,
  },
  {
    name: 'momentum_drift',
    label: 'momentum drift',
    unit: '%',
    better: 'lower',
    digits: 1,
    description: `Length of the difference between the predicted and the true momentum of the bodies that are followed, as a share of the largest true sum of mass times speed of the clip. ${PLAIN}`,
    unavailable: hiddenDepth,
    empty: 'nothing moves',
    measure: momentumDrift,
    fromMean: percent,
  },
];
