/** The one clock that drives every pane and plot: pure functions over a record. */

export interface Clock {
  /** Index of the frame that is shown. */
  readonly frame: number;
  /** Part of the frame's time that has passed, in [0, 1). */
  readonly phase: number;
  readonly playing: boolean;
  /** Simulated seconds in one second of the viewer. */
  readonly speed: number;
  /** Whether playing goes on with frame 0 after the last frame, or stops there. */
  readonly loop: boolean;
}

/** What the clock runs over. */
export interface Timeline {
  /** T, frames of a rollout. */
  readonly frames: number;
  /** Frames that were given to the predictor; the rest it imagined. All of them where nothing is predicted. */
  readonly context: number;
  /** Seconds between frames. */
  readonly dt: number;
}

export const speeds: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 4];

/** The fastest speed, real time at most, at which a rollout can be watched: for three seconds or more. */
export function comfortableSpeed({ frames, dt }: Timeline): number {
  const fitting = speeds.filter((speed) => speed <= 1 && (frames * dt) / speed >= 3);
  return fitting.at(-1) ?? speeds[0];
}

/** The clock after `seconds` of the viewer's time. */
export function advance(clock: Clock, timeline: Timeline, seconds: number): Clock {
  if (!clock.playing) return clock;
  const passed = clock.phase + (Math.max(0, seconds) * clock.speed) / timeline.dt;
  const frame = clock.frame + Math.floor(passed);
  const phase = passed - Math.floor(passed);
  if (frame < timeline.frames) return { ...clock, frame, phase };
  if (clock.loop) return { ...clock, frame: frame % timeline.frames, phase };
  return { ...clock, frame: timeline.frames - 1, phase: 0, playing: false };
}

/** Shows a frame, the nearest one that exists, and keeps playing if it was playing. */
export function seek(clock: Clock, timeline: Timeline, frame: number): Clock {
  const nearest = Math.min(timeline.frames - 1, Math.max(0, Math.round(frame)));
  return { ...clock, frame: Number.isFinite(nearest) ? nearest : 0, phase: 0 };
}

/** Stops and moves by `frames`, at most to either end. */
export function step(clock: Clock, timeline: Timeline, frames: number): Clock {
  return { ...seek(clock, timeline, clock.frame + frames), playing: false };
}

/** Plays or stops; at the end it plays from the start. */
export function toggle(clock: Clock, timeline: Timeline): Clock {
  if (clock.playing) return { ...clock, playing: false, phase: 0 };
  const ended = clock.frame >= timeline.frames - 1;
  return { ...clock, playing: true, phase: 0, frame: ended ? 0 : clock.frame };
}

/** "given" for frames that the predictor saw, "imagined" for those that it predicted. */
export function phaseOf(frame: number, { context }: Timeline): 'given' | 'imagined' {
  return frame < context ? 'given' : 'imagined';
}

/** Advances a clock by the time between animation frames. */
export function createTicker(): (clock: Clock, timeline: Timeline | undefined, now: number) => Clock {
  let before: number | undefined;
  return (clock, timeline, now) => {
    if (!timeline || !clock.playing) {
      before = undefined;
      return clock;
    }
    // A tab that was hidden goes on where it was.
    const seconds = before === undefined ? 0 : Math.min(0.25, (now - before) / 1000);
    before = now;
    return advance(clock, timeline, seconds);
  };
}
