/**
 * Contacts: which bodies meet in a predicted film, and when. Prior art: the object contact prediction of Physion (Bear et
 * al., 2021) asks whether two bodies touch; here also when, of all pairs, against the simulator's own record.
 *
 * A frame shows a contact where two bodies are within half a pixel of each other, or where they would have met since the
 * frame before had they gone on freely: an impact between two frames is seen in neither.
 */
import type { Scene } from '@orrery/scene';
import { pairDistance, pairTolerance, solidPairs, type SolidPair } from '../bodies/solid-pairs.ts';
import { percent, same, type Facts, type RolloutMetric, type Tally } from './definition.ts';
import { noPairs } from './penetration.ts';
import { atFrame, shownRows, type Rollout } from './rollout.ts';

/** Frames by which a predicted contact may be early or late and still be the true one. */
export const CONTACT_WINDOW = 2;

/** First frames of contacts: those before which there were at least two frames without. @param touching [T] */
export function onsets(touching: readonly boolean[]): number[] {
  return touching.flatMap((now, t) => (now && !touching[t - 1] && !touching[t - 2] ? [t] : []));
}

/** [T] whether a pair touches in each frame, read from the positions that were parsed. */
export function parsedContacts(rollout: Rollout, pair: SolidPair): boolean[] {
  const { clip, parser, context, steps, parsed } = rollout;
  const tolerance = pairTolerance(parser, pair);
  return Array.from({ length: context + steps }, (_, t) => {
    if (pairDistance(clip.scene, pair, atFrame(parsed, rollout, t)) <= tolerance) return true;
    if (t < 2) return false;
    const [last, before] = [atFrame(parsed, rollout, t - 1), atFrame(parsed, rollout, t - 2)];
    return pairDistance(clip.scene, pair, freely(clip.scene, parser.bodies, last, before)) <= 0;
  });
}

/** Where bodies are a frame later when nothing but gravity acts: 2 x(t) - x(t-1) + g dt². */
function freely(
  scene: Scene,
  bodies: readonly number[],
  last: Float64Array,
  before: Float64Array,
): Float64Array {
  return last.map((x, i) => {
    const axis = i % 3;
    const free = scene.bodies[bodies[(i - axis) / 3]].linearFactor[axis];
    return x + free * (x - before[i] + scene.gravity[axis] * scene.dt ** 2);
  });
}

/** First frames of a pair's contacts after the context, predicted and true, where the true frame shows both. */
function meetings(rollout: Rollout, steps: number): { predicted: number[]; truth: number[] }[] {
  const { clip, parser, context } = rollout;
  const shown = Array.from({ length: context + steps }, (_, t) => (t < context ? [] : shownRows(rollout, t)));
  return solidPairs(clip.scene, parser).map((pair) => {
    const rows = [pair.rowA, pair.rowB].filter((row) => row >= 0);
    const told = (frames: number[]) =>
      frames.filter((t) => t < shown.length && rows.every((row) => shown[t].includes(row)));
    const touching = clip.contacts?.map((frame) => frame.some(([a, b]) => a === pair.a && b === pair.b));
    return {
      predicted: told(onsets(parsedContacts(rollout, pair))),
      truth: told(onsets(touching ?? [])),
    };
  });
}

/** How many of the predicted contacts of a pair are true ones, each matched once and in their order. */
function matches(predicted: readonly number[], truth: readonly number[]): number {
  let count = 0;
  let next = 0;
  for (const t of truth) {
    while (next < predicted.length && predicted[next] < t - CONTACT_WINDOW) next++;
    if (next < predicted.length && predicted[next] <= t + CONTACT_WINDOW) {
      count++;
      next++;
    }
  }
  return count;
}

/** F1 = 2 TP / (2 TP + FP + FN) of contacts, matched by pair and within `CONTACT_WINDOW` frames. */
export function contactF1(rollout: Rollout, steps: number): Tally {
  let [sum, weight] = [0, 0];
  for (const { predicted, truth } of meetings(rollout, steps)) {
    sum += 2 * matches(predicted, truth);
    weight += predicted.length + truth.length; // TP + FP and TP + FN
  }
  return { sum, weight };
}

/** Frames between the first predicted and the first true contact, over pairs that have both. */
export function contactOffset(rollout: Rollout, steps: number): Tally {
  const both = meetings(rollout, steps).filter(({ predicted, truth }) => predicted.length * truth.length > 0);
  const sum = both.reduce((all, { predicted, truth }) => all + Math.abs(predicted[0] - truth[0]), 0);
  return { sum, weight: both.length };
}

function noContacts(facts: Facts): string | undefined {
  return noPairs(facts) ?? (facts.rollout.clip.contacts ? undefined : 'the dataset does not record contacts');
}

const READ =
  'A contact begins in the first frame in which two bodies are within half a pixel of each other, or would have met had they gone on freely since the frame before. Contacts of a body that the true frame hides do not count. True contacts are the simulator’s; the row "truth" reads the true frames.';

export const contactMetrics: readonly RolloutMetric[] = [
  {
    name: 'contact_f1',
    label: 'contact F1',
    unit: '%',
    better: 'higher',
    digits: 1,
    description: `Harmonic mean of precision and recall of contacts, matched by pair of bodies and within ${CONTACT_WINDOW} frames. ${READ}`,
    unavailable: noContacts,
    empty: 'nothing touches',
    measure: contactF1,
    fromMean: percent,
  },
  {
    name: 'contact_offset',
    label: 'first contact off by',
    unit: 'frames',
    better: 'lower',
    digits: 2,
    description: `Frames between the first predicted and the first true contact of a pair, without sign, over pairs that have both: read it beside contact F1, which counts those that lack one. ${READ}`,
    unavailable: noContacts,
    empty: 'no pair touches both in a prediction and in truth',
    measure: contactOffset,
    fromMean: same,
  },
];
