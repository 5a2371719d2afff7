/**
 * Object permanence: whether a body that goes behind something is still there when it should come out again. Prior art:
 * IntPhys (Riochet et al., 2018), and the curtain of R-NEM (van Steenkiste et al., 2018).
 */
import { reachOf } from '../bodies/place.ts';
import { percent, same, hiddenDepth, type RolloutMetric, type Tally } from './definition.ts';
import { HIDDEN_BELOW, type Rollout } from './rollout.ts';

/** Frames after which a body that came out must have been found. */
const GRACE = 5;
/** How far from its true place it may be found, in radii of a ball around the body. */
const NEAR = 2;

/** A body is hidden from frame `from` to `to` (both included), seen before and after. */
interface Hiding {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** Hidings that begin and end within the first `steps` predicted frames. */
export function hidings({ shown, parser, context }: Rollout, steps: number): Hiding[] {
  const end = context + steps;
  const found: Hiding[] = [];
  parser.bodies.forEach((_, row) => {
    const share = (t: number) => shown[t * parser.bodies.length + row];
    let from = -1;
    for (let t = context - 1; t < end; t++) {
      if (share(t) >= HIDDEN_BELOW) {
        if (from >= context) found.push({ row, from, to: t - 1 });
        from = -1;
      } else if (Number.isNaN(share(t)) || t === context - 1) from = -1;
      else if (from < 0 && share(t - 1) >= HIDDEN_BELOW) from = t;
    }
  });
  return found;
}

/** Of the bodies that come out again, those that are found near their true place at most `GRACE` frames later. */
export function foundAgain(rollout: Rollout, steps: number): Tally {
  const { parser, clip, context } = rollout;
  const all = hidings(rollout, steps);
  const found = all.filter(({ row, to }) => {
    const near = NEAR * reachOf(clip.scene.bodies[parser.bodies[row]]);
    for (let t = to + 1; t <= Math.min(to + GRACE, context + steps - 1); t++)
      if (offBy(rollout, row, t, place(rollout.parsed, rollout, row, t)) <= near) return true;
    return false;
  });
  return { sum: found.length, weight: all.length };
}

/**
 * Mean error, m, over the frames in which a body is hidden. A film does not show where: the body counts on the straight
 * line from where it was found last before to where it is found first after it, and where it was last if it is not
 * found any more; where a prediction shows it, it counts there.
 */
export function hiddenError(rollout: Rollout, steps: number): Tally {
  const last = rollout.context + steps - 1;
  let [sum, weight] = [0, 0];
  for (const { row, from, to } of hidings(rollout, steps))
    for (let t = from; t <= to; t++) {
      sum += offBy(rollout, row, t, implied(rollout, row, t, last));
      weight += 1;
    }
  return { sum, weight };
}

/** Where a film says that a body is in frame `t`, seen or not. */
function implied(rollout: Rollout, row: number, t: number, last: number): number[] {
  const at = (frame: number) => place(rollout.parsed, rollout, row, frame);
  const seenIn = (frame: number) => !Number.isNaN(at(frame)[0]);
  let [before, after] = [t, t];
  while (before >= 0 && !seenIn(before)) before--;
  while (after <= last && !seenIn(after)) after++;
  if (before < 0 || after > last) return place(rollout.held, rollout, row, t);
  if (before === after) return at(t);
  const share = (t - before) / (after - before);
  return at(before).map((x, axis) => x + share * (at(after)[axis] - x));
}

function place(values: Float64Array, { parser }: Rollout, row: number, t: number): number[] {
  const at = 3 * (t * parser.bodies.length + row);
  return [values[at], values[at + 1], values[at + 2]];
}

function offBy(rollout: Rollout, row: number, t: number, where: readonly number[]): number {
  const truth = place(rollout.seen, rollout, row, t);
  return Math.hypot(...where.map((x, axis) => x - truth[axis]));
}

const HIDDEN = `A body is hidden while less than ${100 * HIDDEN_BELOW} % of its silhouette is seen in the true frame; hidings count that begin and end within the predicted frames.`;
const EMPTY = 'no body goes behind another and comes out again';

export const permanenceMetrics: readonly RolloutMetric[] = [
  {
    name: 'found_again',
    label: 'found again',
    unit: '%',
    better: 'higher',
    digits: 1,
    description: `Share of the bodies that come out from behind others that the prediction shows again: found by colour within ${GRACE} frames and ${NEAR} radii of where they really are. ${HIDDEN}`,
    unavailable: hiddenDepth,
    empty: EMPTY,
    measure: foundAgain,
    fromMean: percent,
  },
  {
    name: 'hidden_error',
    label: 'position error while hidden',
    unit: 'm',
    better: 'lower',
    digits: 3,
    description: `Position error over the frames in which a body is hidden. A film does not show it then: it counts on the straight line from where the prediction showed it last to where it shows it again, and where it was last if that never comes. ${HIDDEN} The row "truth" is the floor.`,
    unavailable: hiddenDepth,
    empty: EMPTY,
    measure: hiddenError,
    fromMean: same,
  },
];
