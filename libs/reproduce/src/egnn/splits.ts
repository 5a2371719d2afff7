/** The three parts of the data, drawn one after the other from one stream. */
import { RandomState } from '@orrery/random';
import { chargedParticles, type ChargedParticles } from './charged-particles.ts';

export interface ChargedSplits {
  readonly training: ChargedParticles;
  readonly validation: ChargedParticles;
  readonly test: ChargedParticles;
}

/** 3000 of 10,000 training samples, 2000 to validate, 2000 to test, of the authors' seed 43. */
export function chargedSplits(): ChargedSplits {
  const random = new RandomState(43);
  return {
    training: chargedParticles(random, 3000, 10_000),
    validation: chargedParticles(random, 2000),
    test: chargedParticles(random, 2000),
  };
}
