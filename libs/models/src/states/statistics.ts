/** Mean and deviation of states and of their changes: what brings a model's inputs and outputs to the order of 1. */
import { add, constant, evaluate, input, mul, sliceAxis, sub, type Tensor } from '@orrery/graph';
import { changeBetween, CHANGE_SIZE } from './change.ts';
import { BODY, BODY_SIZE, MOTION, MOTION_SIZE } from './layout.ts';

/** By component; a deviation of 0 where it never differs, or by next to nothing. */
export interface Spread {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface StateStatistics {
  /** [13] of the bodies that move, over all frames */
  readonly motion: Spread;
  /** [12] of all bodies */
  readonly bodies: Spread;
  /** [12] `changeBetween` frames, of the bodies that move */
  readonly change: Spread;
}

const unit = (size: number): Spread => ({
  mean: Array<number>(size).fill(0),
  deviation: Array<number>(size).fill(1),
});
/** Of numbers that are normalised already. */
export const unitStatistics: StateStatistics = {
  motion: unit(MOTION_SIZE),
  bodies: unit(BODY_SIZE),
  change: unit(CHANGE_SIZE),
};

export interface StatisticsOf {
  /** Takes an episode in. @param motion [T, N, 13]; @param bodies [N, 12] */
  add(motion: Float32Array, bodies: Float32Array): void;
  result(): StateStatistics;
}

/** Collects the statistics of episodes of one length. */
export function stateStatistics(dt: number): StatisticsOf {
  const [motions, facts, changes] = [MOTION_SIZE, BODY_SIZE, CHANGE_SIZE].map(moments);
  return {
    add(motion, bodies) {
      const count = bodies.length / BODY_SIZE;
      const moves = Array.from({ length: count }, (_, i) => bodies[i * BODY_SIZE + BODY.mass[0]] > 0);
      const frames = motion.length / (count * MOTION_SIZE);
      const whole = input('motion', [frames, count, MOTION_SIZE], 'f64');
      const [before, after] = [sliceAxis(whole, 0, 0, frames - 1), sliceAxis(whole, 0, 1)];
      const [change] = evaluate([changeBetween(before, after, dt)], { motion: Float64Array.from(motion) });
      moves.forEach((moving, body) => {
        facts.add(bodies, body * BODY_SIZE);
        if (!moving) return;
        for (let t = 0; t < frames; t++) motions.add(motion, (t * count + body) * MOTION_SIZE);
        for (let t = 0; t < frames - 1; t++) changes.add(change, (t * count + body) * CHANGE_SIZE);
      });
    },
    result: () => ({
      motion: withoutTraces(motions.spread(), MOTION_VECTORS),
      bodies: facts.spread(),
      change: withoutTraces(changes.spread(), CHANGE_VECTORS),
    }),
  };
}

/** Where the vectors of motion and of changes begin, whose three components are of one kind. */
const MOTION_VECTORS = [MOTION.position, MOTION.velocity, MOTION.spin].map(([from]) => from);
const CHANGE_VECTORS = [0, 3, 6, 9];
/** Below this share of the largest component of its vector a deviation is what a solver leaves: it would only be noise. */
const TRACE = 1e-3;

function withoutTraces({ mean, deviation }: Spread, vectors: readonly number[]): Spread {
  const largest = deviation.map((own, i) => {
    const from = vectors.find((start) => i >= start && i < start + 3);
    return from === undefined ? own : Math.max(...deviation.slice(from, from + 3));
  });
  return { mean, deviation: deviation.map((own, i) => (own < TRACE * largest[i] ? 0 : own)) };
}

/** Below this share of the mean's size a deviation is rounding of values that never differ. */
const ROUNDING = 1e-6;

/** Welford's running mean and variance of each of `size` components. */
function moments(size: number) {
  let count = 0;
  const mean = new Float64Array(size);
  const squares = new Float64Array(size);
  return {
    add(values: ArrayLike<number>, from: number) {
      count++;
      for (let i = 0; i < size; i++) {
        const off = values[from + i] - mean[i];
        mean[i] += off / count;
        squares[i] += off * (values[from + i] - mean[i]);
      }
    },
    spread: (): Spread => ({
      mean: [...mean],
      deviation: Array.from(squares, (sum, i) => {
        const deviation = count === 0 ? 0 : Math.sqrt(sum / count);
        return deviation > ROUNDING * Math.max(1, Math.abs(mean[i])) ? deviation : 0;
      }),
    }),
  };
}

/** (x - mean) / deviation over the last axis, from component `from` of the spread; 0 where nothing ever differs. */
export function normalised(x: Tensor, { mean, deviation }: Spread, from = 0): Tensor {
  const inverse = deviation.map((d) => (d > 0 ? 1 / d : 0));
  return mul(sub(x, row(mean, x, from)), row(inverse, x, from));
}

/** The way back; the mean where nothing ever differs. */
export function denormalised(x: Tensor, { mean, deviation }: Spread, from = 0): Tensor {
  return add(mul(x, row(deviation, x, from)), row(mean, x, from));
}

/** [k] of a tensor's last axis. */
function row(values: readonly number[], { shape, dtype }: Tensor, from: number): Tensor {
  const size = shape.at(-1)!;
  return constant(values.slice(from, from + size), [size], dtype);
}
