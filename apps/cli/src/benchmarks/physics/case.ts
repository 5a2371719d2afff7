/** A case of the benchmark: what is measured of an engine, and what must hold of ours. */
import type { Scene } from '@orrery/scene';
import type { Bound } from '../figure.ts';
import type { Engine, Run } from './engine.ts';

export interface Measure {
  readonly name: string;
  readonly unit: string;
  /** null: for comparison only. */
  readonly bound: Bound | null;
  /** undefined where the engine cannot do it. */
  measure(engine: Engine): number | undefined;
}

export interface Case {
  /** What `--only` names. */
  readonly name: string;
  readonly title: string;
  readonly measures: readonly Measure[];
}

/** Runs a scene for `frames` frames. @param watch is called after each frame; false ends the run */
export function play(
  engine: Engine,
  scene: Scene,
  frames: number,
  watch: (run: Run, frame: number) => boolean | void = () => {},
): boolean {
  const run = engine.start(scene, 'accuracy');
  if (!run) return false;
  try {
    for (let frame = 1; frame <= frames; frame++) {
      run.step();
      if (watch(run, frame) === false) break;
    }
    return true;
  } finally {
    run.close();
  }
}

/** The state of a scene after `frames` frames as `read` sees it; undefined where the engine cannot run it. */
export function after<T>(engine: Engine, scene: Scene, frames: number, read: (run: Run) => T): T | undefined {
  let result: T | undefined;
  play(engine, scene, frames, (run, frame) => {
    if (frame === frames) result = read(run);
  });
  return result;
}
