import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, comfortableSpeed, phaseOf, seek, step, toggle, type Clock } from './clock.ts';

const timeline = { frames: 20, context: 4, dt: 0.05 };
const playing: Clock = { frame: 0, phase: 0, playing: true, speed: 1, loop: true };
const stopped: Clock = { ...playing, playing: false };

describe('playing', () => {
  it('shows one frame every dt at speed 1, and every 4 dt at a quarter of it', () => {
    expect(advance(playing, timeline, 0.26).frame).toBe(5);
    expect(advance({ ...playing, speed: 0.25 }, timeline, 0.26).frame).toBe(1);
    expect(advance(playing, timeline, 0.04).frame).toBe(0);
  });

  it('keeps what is left of a frame, so that many short ticks run as fast as one long one', () => {
    let clock = playing;
    for (let i = 0; i < 1000; i++) clock = advance(clock, timeline, 0.00061);
    expect(clock.frame).toBe(12);
    expect(clock.phase).toBeCloseTo(0.2, 6);
  });

  it('goes round in a loop, else stops at the last frame', () => {
    expect(advance({ ...playing, frame: 19 }, timeline, 0.11)).toMatchObject({ frame: 1, playing: true });
    const once = { ...playing, frame: 19, loop: false };
    expect(advance(once, timeline, 0.11)).toMatchObject({ frame: 19, playing: false, phase: 0 });
  });

  it('stands still while stopped, and when time runs backwards', () => {
    expect(advance(stopped, timeline, 10)).toBe(stopped);
    expect(advance(playing, timeline, -1)).toEqual(playing);
  });

  it('starts again from the beginning at the end', () => {
    expect(toggle({ ...stopped, frame: 19 }, timeline)).toMatchObject({ frame: 0, playing: true });
    expect(toggle({ ...stopped, frame: 7 }, timeline)).toMatchObject({ frame: 7, playing: true });
    expect(toggle({ ...playing, frame: 7, phase: 0.5 }, timeline)).toMatchObject({
      frame: 7,
      playing: false,
    });
  });
});

describe('moving', () => {
  it('stepping stops, seeking does not', () => {
    expect(step({ ...playing, frame: 3 }, timeline, 1)).toMatchObject({ frame: 4, playing: false });
    expect(seek({ ...playing, frame: 3 }, timeline, 9)).toMatchObject({ frame: 9, playing: true });
  });

  it('never leaves the rollout', () => {
    fc.assert(
      fc.property(
        fc.nat(19),
        fc.double(),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (frame, to, seconds) => {
          for (const clock of [
            seek({ ...playing, frame }, timeline, to),
            step({ ...playing, frame }, timeline, to),
            advance({ ...playing, frame }, timeline, seconds),
            advance({ ...playing, frame, loop: false }, timeline, seconds),
          ]) {
            expect(Number.isInteger(clock.frame)).toBe(true);
            expect(clock.frame).toBeGreaterThanOrEqual(0);
            expect(clock.frame).toBeLessThan(20);
            expect(clock.phase).toBeGreaterThanOrEqual(0);
            expect(clock.phase).toBeLessThan(1);
          }
        },
      ),
      { seed: 1 },
    );
  });
});

it('the last given frame is context - 1', () => {
  expect([3, 4].map((frame) => phaseOf(frame, timeline))).toEqual(['given', 'imagined']);
});

it('a rollout can be watched for three seconds where a speed allows it', () => {
  expect(comfortableSpeed({ frames: 100, context: 4, dt: 0.05 })).toBe(1);
  expect(comfortableSpeed({ frames: 20, context: 4, dt: 0.05 })).toBe(0.25);
  expect(comfortableSpeed({ frames: 2, context: 1, dt: 0.01 })).toBe(0.1);
});
