import type { SceneInput } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { ball, floor, mechanics, positionOf, velocityOf } from './mechanics.fixture.ts';
import { simulate } from './simulate.ts';

type Intervention = NonNullable<SceneInput['interventions']>[number];
/** A ball that flies along x and meets one at rest at x = 1 in frame 27; the second event is there to be ignored. */
const scene = (...interventions: Intervention[]) =>
  mechanics(
    [ball(0.1, 1, { velocity: [2, 0, 0] }), ball(0.1, 1, { position: [1, 0, 0] })],
    { gravity: 0 },
    { interventions },
  );
const run = (...interventions: Intervention[]) => simulate(scene(...interventions), 61);

describe('interventions happen at the instant of their frame', () => {
  test('without one the balls collide', () => {
    const t = run();
    expect(velocityOf(t, 60, 0)[0]).toBeCloseTo(0, 12);
    expect(velocityOf(t, 60, 1)[0]).toBeCloseTo(2, 12);
  });

  test('vanish: the body keeps its state and is met by nothing', () => {
    const t = run({ kind: 'vanish', frame: 12, body: 'body 0' });
    for (const f of [12, 13, 60]) expect(positionOf(t, f, 0)[0]).toBeCloseTo(2 * (12 / 60), 12);
    expect(velocityOf(t, 60, 0)).toEqual([2, 0, 0]);
    expect(positionOf(t, 60, 1)).toEqual([1, 0, 0]);
    expect([t.energy[11], t.energy[12]]).toEqual([2, 0]);
    expect(t.momentum[3 * 12]).toBe(0);
    const through = run({ kind: 'vanish', frame: 12, body: 'body 1' });
    expect(positionOf(through, 60, 0)[0]).toBeCloseTo(2, 12);
  });

  test('teleport: the frame is the first to show it', () => {
    const t = run({ kind: 'teleport', frame: 30, body: 'body 1', offset: [0, 0, 0.5] });
    const plain = run();
    expect(positionOf(t, 29, 1)).toEqual(positionOf(plain, 29, 1));
    expect(positionOf(t, 30, 1)[2]).toBe(0.5);
    expect(positionOf(t, 60, 1)[0]).toBeCloseTo(positionOf(plain, 60, 1)[0], 12);
    expect(velocityOf(t, 60, 1)).toEqual(velocityOf(plain, 60, 1));
  });

  test('pass-through: the pair does not collide any more', () => {
    const t = run({ kind: 'pass-through', frame: 1, body: 'body 0', other: 'body 1' });
    expect(positionOf(t, 60, 0)[0]).toBeCloseTo(2, 12);
    expect(t.contacts.flat()).toEqual([]);
  });

  test('pass-through of the floor: a ball that lay on it falls', () => {
    const t = simulate(
      mechanics(
        [ball(0.1, 1, { position: [0, 0, 0.1] }), floor],
        { restitution: 0 },
        { interventions: [{ kind: 'pass-through', frame: 30, body: 'body 0', other: 'body 1' }] },
      ),
      61,
    );
    expect(positionOf(t, 30, 0)[2]).toBeCloseTo(0.1, 6);
    expect(positionOf(t, 60, 0)[2]).toBeCloseTo(0.1 - (9.81 * 0.25) / 2, 6);
  });

  test('speed: multiplied in the frame', () => {
    const t = run({ kind: 'speed', frame: 6, body: 'body 0', factor: -3 });
    expect(velocityOf(t, 5, 0)[0]).toBe(2);
    expect(velocityOf(t, 6, 0)[0]).toBe(-6);
    expect(positionOf(t, 60, 0)[0]).toBeCloseTo(0.2 - 6 * (54 / 60), 12);
  });

  test('gravity: turned over in the frame, and no explosion', () => {
    const t = simulate(
      mechanics([ball(0.1, 1)], {}, { interventions: [{ kind: 'gravity', frame: 30, factor: -1 }] }),
      91,
    );
    expect(velocityOf(t, 30, 0)[2]).toBeCloseTo(-9.81 / 2, 12);
    expect(velocityOf(t, 60, 0)[2]).toBeCloseTo(0, 12);
    expect(velocityOf(t, 90, 0)[2]).toBeCloseTo(9.81 / 2, 12);
  });

  test('recolor changes nothing in mechanics', () => {
    expect(run({ kind: 'recolor', frame: 6, body: 'body 0', color: [1, 0, 0] })).toEqual(run());
  });
});
