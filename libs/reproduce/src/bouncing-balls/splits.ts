/** The three parts of the data, drawn one after the other from one stream. */
import { RandomState } from '@orrery/random';
import { bounce } from './balls.ts';

/** Centres of each sequence, [100, 3, 2]; frames are drawn from them when they are needed. */
export interface BallSplits {
  readonly training: readonly Float64Array[];
  readonly validation: readonly Float64Array[];
  readonly test: readonly Float64Array[];
}

/** 4000 sequences to learn from and 200 to test on, as the authors' script draws them; then 200 to choose weights by. */
export function ballSplits(): BallSplits {
  const random = new RandomState(0);
  const draw = (count: number) => Array.from({ length: count }, () => bounce(random));
  const [training, test, validation] = [draw(4000), draw(200), draw(200)];
  return { training, validation, test };
}
