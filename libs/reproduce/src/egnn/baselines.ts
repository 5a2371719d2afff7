/** Rows that need no network, which tell whether the data are the published ones before anything is trained. */
import type { ChargedParticles } from './charged-particles.ts';

/** A mean over samples with its standard error. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

/** Of the coordinates, mean over bodies; of samples, mean. @param predicted [S, 5, 3] */
export function squaredError({ count, targets }: ChargedParticles, predicted: ArrayLike<number>): Estimate {
  const size = targets.length / count;
  const errors = Float64Array.from({ length: count }, (_, s) => {
    let sum = 0;
    for (let i = s * size; i < (s + 1) * size; i++) {
      const error = predicted[i] - targets[i];
      sum += error * error;
    }
    return sum / size;
  });
  const mean = errors.reduce((sum, error) => sum + error, 0) / count;
  const variance = errors.reduce((sum, error) => sum + (error - mean) * (error - mean), 0) / (count - 1);
  return { mean, standardError: Math.sqrt(variance / count) };
}

/** Nothing moves. */
export function staticError(samples: ChargedParticles): Estimate {
  return squaredError(samples, samples.positions);
}

/** Everything goes on as it goes, for the time that fits the training samples best: the authors' `Linear_dynamics`. */
export function linearError(training: ChargedParticles, samples: ChargedParticles): Estimate {
  const time = travelTime(training);
  return squaredError(
    samples,
    samples.positions.map((x, i) => x + time * samples.velocities[i]),
  );
}

/** The t of least squared error of x + v t. The authors' code learns it by gradient descent; this is where that ends. */
export function travelTime({ positions, velocities, targets }: ChargedParticles): number {
  let [along, square] = [0, 0];
  velocities.forEach((v, i) => {
    along += v * (targets[i] - positions[i]);
    square += v * v;
  });
  return along / square;
}
