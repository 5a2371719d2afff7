/** What an engine is to us: files made from a spec, and command lines to submit, follow and stop what they say. */
import type { Machine } from '../catalogue/catalogue.ts';
import type { EngineName, SpecOf } from '../spec/schema.ts';

export const jobStates = ['pending', 'running', 'succeeded', 'failed', 'stopped', 'unknown'] as const;
export type JobState = (typeof jobStates)[number];

/** A program and its arguments: no shell reads them. */
export type CommandLine = readonly [string, ...string[]];

export interface Request<Name extends EngineName = EngineName> {
  readonly spec: SpecOf<Name>;
  /** undefined for CPUs */
  readonly machine: Machine | undefined;
  /** Absolute path of the folder that holds the files; the job's machines must see it where `readsFolder` says so. */
  readonly folder: string;
}

/** Names that the engine gave, by step. */
export type JobIds = Readonly<Record<string, string>>;

/** One command of a submission. */
export interface SubmitStep {
  /** "train", "pieces", "assemble" */
  readonly name: string;
  /** @param ids of the steps before */
  command(ids: JobIds): CommandLine;
  /** What the engine calls it, from what the command printed; absent where nothing is to be followed. */
  id?(output: string): string;
}

export interface StatusQuery {
  readonly command: CommandLine;
  /** @param output empty where the engine knows nothing of the job */
  parse(output: string): JobState;
}

export interface Upload {
  /** Absolute path here. */
  readonly from: string;
  /** Where the job's machines look for it. */
  readonly to: string;
}

export interface Engine<Name extends EngineName = EngineName> {
  readonly name: Name;
  /** Whether the engine knows nothing any more of a job that was stopped. */
  readonly forgetsStopped?: true;
  /** Whether what `fetch` brings appears file by file, each whole; else it is brought beside first. */
  readonly fetchesWhole?: true;
  /** By name. A pure function: the same request gives the same bytes. */
  files(request: Request<Name>): Readonly<Record<string, string>>;
  submit(request: Request<Name>): readonly SubmitStep[];
  /** In order: each is asked until one of them knows the job. */
  status(request: Request<Name>, ids: JobIds): readonly StatusQuery[];
  /** Either a command that prints what was logged, or files in the folder. */
  logs(request: Request<Name>, ids: JobIds): { readonly command: CommandLine } | { readonly files: RegExp };
  /** The job ends by itself: processes get SIGTERM, and time to write a checkpoint. */
  stop(request: Request<Name>, ids: JobIds): readonly CommandLine[];
  /**
   * Commands that bring folders to where the job's machines look for them; undefined where the engine has no way.
   * Names of folders stay: `from` and `to` end alike.
   */
  upload?(request: Request<Name>, folders: readonly Upload[]): readonly CommandLine[];
  /**
   * Commands that bring the folder that a job writes to `to`; undefined where it lies on a file system that this machine sees.
   * @param out where the job's machines see it
   * @param to absolute path
   */
  fetch?(request: Request<Name>, out: string, to: string): readonly CommandLine[];
}
