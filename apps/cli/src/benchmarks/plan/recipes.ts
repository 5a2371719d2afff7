/** The recipes whose updates are predicted and timed, from the smallest to the largest. */

export interface Recipe {
  readonly dataset: string;
  readonly family: string;
  /** As for `--set`. */
  readonly set: readonly string[];
}

export const recipes: readonly Recipe[] = [
  { dataset: 'bounce', family: 'gns', set: [] },
  { dataset: 'bounce', family: 'state-mlp', set: [] },
  { dataset: 'bounce', family: 'state-transformer', set: [] },
  { dataset: 'bounce', family: 'residual-conv', set: [] },
  { dataset: 'bounce', family: 'diffusion-forcing', set: [] },
  { dataset: 'bounce', family: 'residual-conv', set: ['model.width=96'] },
  { dataset: 'push', family: 'diffusion-forcing', set: ['model.patch=4'] },
  { dataset: 'bounce', family: 'diffusion-forcing', set: ['model.width=384'] },
];

/** "diffusion-forcing on push, model.patch=4" */
export const recipeName = ({ dataset, family, set }: Recipe): string =>
  [`${family} on ${dataset}`, ...set].join(', ');
