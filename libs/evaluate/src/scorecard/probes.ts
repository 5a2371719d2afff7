/** From probes' errors to R² with its interval. */
import type { Probes } from '../probes/probes.ts';
import { resample } from './bootstrap.ts';
import { estimate, toInterval } from './estimate.ts';
import type { Scorecard } from './schema.ts';

/** R² of the mean quotient of squared errors. */
export const fromErrors = (quotient: number): number => 1 - quotient;

/** @returns null where nothing was probed */
export function composeProbes(
  measured: Probes | undefined,
  { draws, seed }: { readonly draws: number; readonly seed: number },
): Scorecard['probes'] {
  if (!measured || measured.probes.length === 0) return null;
  const { features, samples, probes } = measured;
  return {
    ...{ features, samples },
    rows: probes.map(({ quantity, penalty, episodes, residual, total }) => {
      const resampling = resample(episodes, draws, seed);
      const contributions = { sums: residual, weights: total };
      return {
        ...{ quantity, penalty },
        r2: toInterval(estimate({ fromMean: fromErrors }, contributions, resampling)),
        samples: { episodes: [...episodes], sums: [...residual], weights: [...total] },
      };
    }),
  };
}
