/** A training whose values are no longer finite numbers. */
import type { State, Update } from './stepper.ts';

/** Thrown while training; `explainDivergence` makes it the error that a person reads. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
  readonly step: number;
  /** In words, where it is known without searching. */
  readonly tensor: string | undefined;

  constructor(what: string, step: number, tensor?: string) {
    super(what);
    this.step = step;
    this.tensor = tensor;
  }
}

/** @throws Diverged when the loss or the gradient of an update is no finite number */
export function checkUpdate({ loss, gradientNorm, step }: Update): void {
  if (!Number.isFinite(loss)) throw new Diverged(`the loss is ${loss}`, step);
  if (!Number.isFinite(gradientNorm)) throw new Diverged(`the gradient's length is ${gradientNorm}`, step);
}

/** @throws Diverged when an array that would be saved after `step` holds what is no finite number */
export function checkState(state: State, step: number): void {
  for (const [name, { data }] of Object.entries(state)) {
    const bad = data.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new Diverged(`an update is ${bad}`, step, `"${name}"`);
  }
}
