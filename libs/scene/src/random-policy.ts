/** The policy that acts at random: each actuator on its own, smooth for a while, then at full swing, so that it explores. */
import { foldIn, uniform, uniformScalar, type Key } from '@orrery/random';
import type { Controller, Policy } from './policy.ts';

/** Frames between two draws of an actuator: drawn from this range once an episode. */
const SHORTEST = 3;
const LONGEST = 16;
/** Share of the stretches between draws that hold -1 or 1; the others go smoothly from draw to draw. */
const BANG_BANG = 0.4;

/** The action of a frame depends on key and frame only. */
export const randomPolicy: Policy = (scene, key): Controller => {
  const actuators = scene.actuators.map((_, i) => {
    const own = foldIn(key, i);
    const [length, phase] = uniform(foldIn(own, 0xffffffff), 2);
    const stretch = SHORTEST + Math.floor(length! * (LONGEST - SHORTEST + 1));
    return { own, stretch, phase: Math.floor(phase! * stretch) };
  });
  return (_, frame) =>
    actuators.map(({ own, stretch, phase }) => {
      const at = frame + phase;
      const index = Math.floor(at / stretch);
      return draw(own, index, (at - index * stretch) / stretch);
    });
};

/** The value at `share` of the way through stretch `index`. */
function draw(key: Key, index: number, share: number): number {
  const from = level(key, index);
  if (uniformScalar(foldIn(foldIn(key, index), 1)) < BANG_BANG) return from < 0 ? -1 : 1;
  const smooth = share * share * (3 - 2 * share);
  return from + (level(key, index + 1) - from) * smooth;
}

const level = (key: Key, index: number): number => uniformScalar(foldIn(foldIn(key, index), 0), -1, 1);
