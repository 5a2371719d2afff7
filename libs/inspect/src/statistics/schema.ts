/** What `statistics.json` holds. */
import type { Moments } from './moments.ts';

export interface ArrayStatistics extends Moments {
  readonly dtype: string;
  /** [E, T, ...] */
  readonly shape: readonly number[];
  readonly unit: string;
  /** Bytes of the values. */
  readonly bytes: number;
  /** Bytes of the files. */
  readonly stored: number;
  /** How many times smaller the files are. */
  readonly ratio: number;
}

export interface FactorStatistics {
  readonly unit: string;
  /** What was drawn in the split's episodes, of all bodies that have the factor. */
  readonly drawn: Moments;
  /** The range that the manifest declares for this split. */
  readonly declared: readonly [number, number];
  /** Whether all that was drawn lies in it. */
  readonly inside: boolean;
}

export interface SplitStatistics {
  readonly episodes: number;
  readonly frames: number;
  /** Share of the frames in which something touches. */
  readonly framesWithContacts: number;
  /** Contacts a frame. */
  readonly contacts: Moments;
  /** Of each episode: energy in the last frame less that in the first, over the largest amount in any frame. */
  readonly energyChange: Moments;
  /** The largest rise of energy from one frame to the next, over the largest amount in that episode. */
  readonly energyRise: number;
  readonly factors: Readonly<Record<string, FactorStatistics>>;
}

export interface ActionStatistics extends Moments {
  readonly unit: string;
  /** What 1 means, in its unit; null where that differs from episode to episode. */
  readonly limit: number | null;
  /** Share of the frames in each tenth of -1 to 1. */
  readonly histogram: readonly number[];
}

export interface DatasetStatistics {
  readonly dataset: {
    readonly name: string;
    readonly size: string;
    readonly seed: number;
    readonly generator: string;
    readonly checksum: string;
  };
  readonly episodes: number;
  /** Frames of an episode. */
  readonly frames: number;
  /** Seconds of all episodes together. */
  readonly seconds: number;
  readonly arrays: Readonly<Record<string, ArrayStatistics>>;
  readonly splits: Readonly<Record<string, SplitStatistics>>;
  readonly actions: Readonly<Record<string, ActionStatistics>>;
}
