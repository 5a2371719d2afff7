/** Penetration: how deep predicted bodies are in each other, or in what never moves. */
import { pairDistance, pairTolerance, solidPairs } from '../bodies/solid-pairs.ts';
import { hiddenDepth, percent, same, type Facts, type Metric } from './definition.ts';
import { atFrame, perStep, type Rollout } from './rollout.ts';

/** Deepest overlap of a frame, and whether any pair overlaps by more than its tolerance. */
function overlaps(rollout: Rollout): (t: number) => { readonly depth: number; readonly beyond: number } {
  const { scene } = rollout.clip;
  const pairs = solidPairs(scene, rollout.parser).map((pair) => ({
    pair,
    tolerance: pairTolerance(rollout.parser, pair),
  }));
  return (t) => {
    const positions = atFrame(rollout.parsed, rollout, t);
    let [depth, beyond] = [NaN, NaN];
    for (const { pair, tolerance } of pairs) {
      const apart = pairDistance(scene, pair, positions);
      if (Number.isNaN(apart)) continue;
      depth = Math.max(Number.isNaN(depth) ? 0 : depth, -apart);
      beyond = beyond === 1 || -apart > tolerance ? 1 : 0;
    }
    return { depth, beyond };
  };
}

/** [S] m, the deepest overlap of any two bodies; NaN where no pair is found */
export function penetrationDepth(rollout: Rollout): Float64Array {
  const read = overlaps(rollout);
  return perStep(rollout, (t) => read(t).depth);
}

/** [S] 1 where any two bodies overlap by more than half a pixel, else 0; NaN where no pair is found */
export function penetrates(rollout: Rollout): Float64Array {
  const read = overlaps(rollout);
  return perStep(rollout, (t) => read(t).beyond);
}

/** Why no distance between bodies can be read; undefined where one can. */
export function noPairs(facts: Facts): string | undefined {
  const { clip, parser } = facts.rollout;
  return (
    hiddenDepth(facts) ??
    (solidPairs(clip.scene, parser).length === 0
      ? 'no followed body has a shape that its centre alone places (a sphere, or one that cannot turn)'
      : undefined)
  );
}

const PAIRS =
  'Pairs of followed bodies, and of a followed body and one that never moves, at their parsed positions; shapes are those of the scene.';

export const penetrationMetrics: readonly Metric[] = [
  {
    name: 'penetration',
    label: 'penetration',
    unit: 'm',
    better: 'lower',
    digits: 4,
    description: `Deepest overlap of any two bodies in a frame, 0 where none overlap. ${PAIRS}`,
    unavailable: noPairs,
    empty: 'no two bodies are found in any frame',
    measure: penetrationDepth,
    fromMean: same,
  },
  {
    name: 'penetrating',
    label: 'frames with penetration',
    unit: '%',
    better: 'lower',
    digits: 1,
    description: `Share of frames in which two bodies overlap by more than half a pixel. ${PAIRS}`,
    unavailable: noPairs,
    empty: 'no two bodies are found in any frame',
    measure: penetrates,
    fromMean: percent,
  },
];
