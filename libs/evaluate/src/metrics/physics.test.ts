import { parseScene, type Scene, type Vec3 } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { contactF1, contactOffset, onsets } from './contact.ts';
import { energyDrift, momentumDrift } from './motion.ts';
import { penetrates, penetrationDepth } from './penetration.ts';
import { foundAgain, hiddenError, hidings } from './permanence.ts';
import { rolloutOf, type Film } from './rollout.fixture.ts';
import { validFrames } from './valid-time.ts';

const ball = (name: string, radius: number, mass: number, position: Vec3, velocity: Vec3 = [0, 0, 0]) => ({
  ...{ name, shape: { kind: 'sphere' as const, radius }, mass, position, velocity },
  ...{
    material: { restitution: 1, friction: 0 },
    color: [1, 0, 0] as const,
    linearFactor: [1, 0, 1] as const,
  },
});
const floor = {
  ...{ name: 'floor', shape: { kind: 'plane' as const }, mass: 0, color: [0.5, 0.5, 0.5] as const },
  material: { restitution: 1, friction: 0 },
};
const DT = 0.1;
const sceneOf = (bodies: readonly object[], gravity = 0, extra: object = {}): Scene =>
  parseScene({
    ...{ name: 'test', bodies, gravity: [0, 0, -gravity], background: [0, 0, 0], dt: DT, substeps: 1 },
    camera: { kind: 'orthographic', position: [0, -5, 2], target: [0, 0, 2], height: 4 },
    light: { direction: [0, 1, 0], intensity: 1, ambient: 0 },
    ...extra,
  } as never);
const still: Vec3 = [0, 0, 2];

describe('valid prediction time', () => {
  const scene = sceneOf([ball('red', 0.5, 1, still)]);
  const valid = (predicted: (t: number) => Vec3 | undefined, steps = 8) =>
    validFrames(rolloutOf({ scene, context: 2, steps, truth: () => still, predicted }), steps);

  test('an error that grows by 0.2 m a frame passes the radius of 0.5 m in the third frame', () => {
    expect(valid((t) => [0.2 * (t - 1), 0, 2])).toBe(2);
  });
  test('a rollout that stays within is valid to its end, one that is off at once not at all', () => {
    expect(valid(() => [0.49, 0, 2])).toBe(8);
    expect(valid(() => [0.51, 0, 2])).toBe(0);
  });
  test('coming back later does not count', () => {
    expect(valid((t) => (t === 4 ? [3, 0, 2] : still))).toBe(2);
  });
});

test('what the true frame hides is not asked of a prediction', () => {
  const scene = sceneOf([ball('a', 0.5, 1, still), floor]);
  const shown = (t: number) => (t < 5 ? 0 : 1);
  const predicted = (t: number): Vec3 => [t < 5 ? 3 : 0, 0, t < 5 ? 0.5 : 2];
  const rollout = rolloutOf({ scene, context: 2, steps: 6, truth: () => still, predicted, shown });
  expect(validFrames(rollout, 6)).toBe(6);
  expect(contactF1(rollout, 6)).toEqual({ sum: 0, weight: 0 });
});

describe('energy and momentum', () => {
  const g = 9.81;
  const scene = sceneOf([ball('a', 0.3, 2, still), ball('b', 0.3, 1, [1, 0, 2])], g);
  /** Thrown at (vx, vz) from (0, 2); exact at each frame. */
  const thrown = (t: number, vx: number, vz: number): Vec3 => [
    vx * t * DT,
    0,
    2 + vz * t * DT - (g * (t * DT) ** 2) / 2,
  ];
  const truth = (t: number, i: number) => thrown(t, i === 0 ? 1 : -1, 3);
  const measure = (predicted: (t: number, i: number) => Vec3 | undefined) => {
    const rollout = rolloutOf({ scene, context: 2, steps: 4, truth, predicted });
    return { energy: energyDrift(rollout), momentum: momentumDrift(rollout) };
  };
  // Half way between frames t and t+1 the speed is exact: the fastest is that of the first interval, (±1, 3 - g dt/2).
  const vz = (interval: number) => 3 - g * DT * (interval + 0.5);
  const K = Math.max(...[0, 1, 2, 3, 4].map((i) => 1.5 * (1 + vz(i) ** 2)));
  const P = Math.max(...[0, 1, 2, 3, 4].map((i) => 3 * Math.hypot(1, vz(i))));

  test('the true motion has none', () => {
    const { energy, momentum } = measure(truth);
    for (const value of [...energy, ...momentum]) expect(value).toBeCloseTo(0, 12);
  });

  test('a ball that stops has lost its kinetic energy and hangs where it fell from', () => {
    // Both stand where they were in the last context frame, 1.
    const { energy, momentum } = measure((_, i) => truth(1, i));
    const step = 2; // from frame 3 to 4, when nothing moves
    const t = step + 2;
    const middle = (truth(t, 0)[2] + truth(t - 1, 0)[2]) / 2;
    const lost = 1.5 * (1 + vz(t - 1) ** 2) + 3 * g * (middle - truth(1, 0)[2]);
    expect(energy[step]).toBeCloseTo(Math.abs(lost) / K, 10);
    // 2 kg to the right, 1 kg to the left, both at vz.
    expect(momentum[step]).toBeCloseTo(Math.hypot(1, 3 * vz(t - 1)) / P, 10);
  });

  test('only bodies that are found in both frames count; with none there is no number', () => {
    const { energy, momentum } = measure((t, i) => (i === 1 || t === 4 ? undefined : truth(t, i)));
    expect(energy[0]).toBeCloseTo(0, 12);
    expect([energy[2], momentum[2]]).toEqual([NaN, NaN]);
    expect(energy[3]).toBe(NaN);
  });

  test('two bodies in a gravitation field: the potential -G ma mb / r counts', () => {
    const fields = [{ kind: 'gravitation', constant: 3, softening: 0 }];
    const pair = sceneOf([ball('a', 0.1, 2, still), ball('b', 0.1, 5, [1, 0, 2])], 0, { fields });
    const apart =
      (r: number) =>
      (_: number, i: number): Vec3 => [i * r, 0, 2];
    const drifting = (t: number, i: number): Vec3 => [i * 2 + t * DT, 0, 2]; // 1 m/s: 3.5 J
    const rollout = rolloutOf({
      ...{ scene: pair, context: 2, steps: 3, truth: drifting, predicted: apart(1) },
    });
    // From frame 3 on it rests at r = 1: -30 J, against 3.5 - 15 J.
    expect(energyDrift(rollout)[2]).toBeCloseTo(18.5 / 3.5, 10);
  });
});

describe('penetration', () => {
  const scene = sceneOf([ball('a', 0.5, 1, still), ball('b', 0.3, 1, [1, 0, 2]), floor]);
  const at = (a: Vec3 | undefined, b: Vec3 | undefined) => {
    const path = (_: number, i: number) => (i === 0 ? a : b);
    const rollout = rolloutOf({ scene, context: 1, steps: 1, truth: () => still, predicted: path });
    return [penetrationDepth(rollout)[0], penetrates(rollout)[0]];
  };
  test('spheres: the sum of the radii less the distance; planes: what is below', () => {
    const [depth, beyond] = at([0, 0, 2], [0.6, 0, 2]);
    expect(depth).toBeCloseTo(0.2, 12);
    expect(beyond).toBe(1);
    expect(at([0, 0, 0.4], [2, 0, 2])[0]).toBeCloseTo(0.1, 12);
  });
  test('apart there is none, and half a pixel (1/32 m) is within the tolerance', () => {
    expect(at([0, 0, 2], [2, 0, 2])).toEqual([0, 0]);
    expect(at([0, 0, 0.47], [2, 0, 2])[1]).toBe(0);
    expect(at([0, 0, 0.46], [2, 0, 2])[1]).toBe(1);
  });
  test('what is not found does not overlap', () => {
    expect(at([0, 0, 0.4], undefined)[0]).toBeCloseTo(0.1, 12);
    expect(at(undefined, undefined)).toEqual([NaN, NaN]);
  });
});

describe('contacts', () => {
  test('a contact begins after two frames without', () => {
    const frames = (text: string) => [...text].map((letter) => letter === 'x');
    expect(onsets(frames('..xx.x...x'))).toEqual([2, 9]);
    expect(onsets(frames('x..x'))).toEqual([0, 3]);
  });

  // A ball of radius 0.5 m falls to the floor at 3 m/s and rebounds, between frames: its lowest place is never sampled.
  const scene = sceneOf([ball('a', 0.5, 1, [0, 0, 2]), floor]);
  const bouncing =
    (meets: number) =>
    (t: number): Vec3 => [0, 0, 0.5 + Math.abs(3 * DT * (t - meets))];
  const touch: Film['contacts'] = { 6: [[0, 1]] };
  const against = (predicted: (t: number) => Vec3 | undefined, contacts: Film['contacts'] = touch) => {
    const rollout = rolloutOf({
      ...{ scene, context: 2, steps: 10, truth: bouncing(5.5), predicted, contacts },
    });
    return { f1: contactF1(rollout, 10), offset: contactOffset(rollout, 10) };
  };

  test('an impact between frames is seen in the frame after it', () => {
    expect(against(bouncing(5.5))).toEqual({ f1: { sum: 2, weight: 2 }, offset: { sum: 0, weight: 1 } });
  });
  test('a contact two frames late is the same one, three frames late another one', () => {
    expect(against(bouncing(7.5))).toEqual({ f1: { sum: 2, weight: 2 }, offset: { sum: 2, weight: 1 } });
    expect(against(bouncing(8.5))).toEqual({ f1: { sum: 0, weight: 2 }, offset: { sum: 3, weight: 1 } });
  });
  test('one that is missed costs recall, one too many precision', () => {
    expect(against(() => [0, 0, 3])).toEqual({ f1: { sum: 0, weight: 1 }, offset: { sum: 0, weight: 0 } });
    expect(against(bouncing(5.5), {})).toEqual({ f1: { sum: 0, weight: 1 }, offset: { sum: 0, weight: 0 } });
  });
  test('gravity takes a ball to the floor that straight on would not reach it', () => {
    // At rest 0.04 m above the floor, g dt² is 0.098 m: it lands within the frame.
    const falling = sceneOf([ball('a', 0.5, 1, [0, 0, 2]), floor], 9.81);
    const place = (t: number): Vec3 => [0, 0, t < 4 ? 0.54 : 2];
    const rollout = rolloutOf({
      ...{ scene: falling, context: 2, steps: 6, truth: place, predicted: place },
      contacts: { 2: [[0, 1]] },
    });
    expect(contactF1(rollout, 6)).toEqual({ sum: 2, weight: 2 });
  });
});

describe('object permanence', () => {
  const scene = sceneOf([ball('a', 0.25, 1, [0, 0, 2])]);
  // 0.2 m a frame to the right, hidden in frames 4 to 8.
  const truth = (t: number): Vec3 => [0.2 * t, 0, 2];
  const shown = (t: number): number => (t >= 4 && t <= 8 ? 0.1 : 1);
  const film = (predicted: (t: number) => Vec3 | undefined, see = shown) =>
    rolloutOf({ scene, context: 2, steps: 12, truth, predicted, shown: see });

  test('a film that hides it and shows it again: found, and off by nothing in between', () => {
    const rollout = film((t) => (shown(t) < 0.3 ? undefined : truth(t)));
    expect(hidings(rollout, 12)).toEqual([{ row: 0, from: 4, to: 8 }]);
    expect(foundAgain(rollout, 12)).toEqual({ sum: 1, weight: 1 });
    const { sum, weight } = hiddenError(rollout, 12);
    expect(sum).toBeCloseTo(0, 12);
    expect(weight).toBe(5);
  });

  test('one that loses it: not found, and left where it was last, 0.2 to 1 m behind', () => {
    const rollout = film((t) => (t >= 4 ? undefined : truth(t)));
    expect(foundAgain(rollout, 12)).toEqual({ sum: 0, weight: 1 });
    expect(hiddenError(rollout, 12).sum).toBeCloseTo(0.2 + 0.4 + 0.6 + 0.8 + 1, 12);
  });

  test('shown elsewhere is not found; what is shown while it should be hidden counts where it is shown', () => {
    const rollout = film(() => truth(1));
    expect(foundAgain(rollout, 12).sum).toBe(0);
    expect(hiddenError(rollout, 12).sum).toBeCloseTo(0.6 + 0.8 + 1 + 1.2 + 1.4, 12);
  });

  test('hidings that begin in the context, do not end, or are departures do not count', () => {
    const hidden = (see: (t: number) => number) => hidings(film(truth, see), 12);
    expect(hidden((t) => (t < 5 ? 0 : 1))).toEqual([]);
    expect(hidden((t) => (t > 5 ? 0 : 1))).toEqual([]);
    expect(hidden((t) => (t > 5 && t < 8 ? NaN : 1))).toEqual([]);
    expect(hidings(film(truth), 6)).toEqual([]);
  });
});
