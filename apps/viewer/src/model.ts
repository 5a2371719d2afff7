/** Everything that the page shows, as one immutable record; each part of the page is a function of it. */
import type { RolloutsManifest } from '@orrery/dataset';
import type { Clock, Timeline } from './clock.ts';
import type { ListedRun, Rollout } from './data.ts';
import type { Layout, Viewpoint } from './view.ts';

/** What is shown in place of the panes when there is nothing to show. */
export interface Problem {
  readonly message: string;
  readonly remedy: string;
}

export interface Model {
  readonly runs: readonly ListedRun[];
  readonly run: ListedRun | undefined;
  readonly manifest: RolloutsManifest | undefined;
  /** Index of the chosen rollout; `rollout` follows when it has been loaded. */
  readonly rolloutIndex: number;
  readonly rollout: Rollout | undefined;
  readonly predictor: string;
  readonly clock: Clock;
  readonly layout: Layout;
  /** Part of the picture that the wipe leaves to the truth, 0 to 1. */
  readonly split: number;
  /** Opacity of the prediction over the truth, 0 to 1. */
  readonly alpha: number;
  readonly view: Viewpoint;
  /** Whether the 3D view moves with the chosen body. */
  readonly follow: boolean;
  readonly trails: boolean;
  /** Index of the chosen body in the scene. */
  readonly body: number | undefined;
  /** Addresses and runs that have been opened so far. */
  readonly opened: number;
  /** What is being loaded. */
  readonly loading: string | undefined;
  readonly problem: Problem | undefined;
  /** A remark that goes away by itself. */
  readonly notice: string | undefined;
}

/** A model of which everything has been loaded. */
export interface LoadedModel extends Model {
  readonly run: ListedRun;
  readonly manifest: RolloutsManifest;
  readonly rollout: Rollout;
}

export const emptyModel: Model = {
  runs: [],
  run: undefined,
  manifest: undefined,
  rolloutIndex: 0,
  rollout: undefined,
  predictor: '',
  clock: { frame: 0, phase: 0, playing: false, speed: 1, loop: true },
  layout: 'side',
  split: 0.5,
  alpha: 0.5,
  view: 'corner',
  follow: false,
  trails: true,
  body: undefined,
  opened: 0,
  loading: 'the list of runs',
  problem: undefined,
  notice: undefined,
};

export function isLoaded(model: Model): model is LoadedModel {
  return Boolean(model.run && model.manifest && model.rollout && !model.problem);
}

/** What the clock of a run goes over. */
export function timelineOf({ context, horizon, dt }: RolloutsManifest): Timeline {
  return { frames: context + horizon, context, dt };
}

/** A part of the page. */
export interface Part {
  /** Brings the part up to date; called once an animation frame at most, and only when the model has changed. */
  update(model: Model): void;
}

/** What a person can do: the only way in which parts change the model. */
export interface Actions {
  change(
    patch: Partial<
      Pick<Model, 'predictor' | 'layout' | 'split' | 'alpha' | 'view' | 'follow' | 'trails' | 'body'>
    >,
  ): void;
  toggle(): void;
  seek(frame: number): void;
  step(frames: number): void;
  setSpeed(speed: number): void;
  setLoop(loop: boolean): void;
  openRun(id: string): void;
  openRollout(index: number): void;
  savePicture(): void;
  showHelp(): void;
  dismissNotice(): void;
}
