/**
 * Dormand and Prince's Runge-Kutta pair of order 5(4) with adaptive steps, as SciPy's `solve_ivp` runs it (method RK45):
 * published data sets and metrics hold its rounding of trajectories, so its step control and interpolation are SciPy's.
 *
 * Sources: Dormand and Prince, "A family of embedded Runge-Kutta formulae" (1980); Shampine, "Some practical Runge-Kutta
 * formulas" (1986), for the quartic between steps; Hairer, Norsett and Wanner (1993), section II.4, for the first step.
 */

export interface Integration {
  /** From time 0 to this one, s. */
  readonly end: number;
  /** When the state is wanted, s: ascending, within [0, end]. */
  readonly times: Float64Array;
  /** Error of a step that is tolerated, relative to the state. */
  readonly relative: number;
  /** The same, absolute; 1e-6, SciPy's, by default. */
  readonly absolute?: number;
}

/** dx/dt at a state [n], of a law that does not depend on time. */
export type Motion = (state: Float64Array) => Float64Array;

const A: readonly (readonly number[])[] = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  // The last stage is the new state.
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** New state of order 5 minus that of order 4. */
const E = [-71 / 57600, 0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40];
/** The quartic between steps, by stage. */
const P: readonly (readonly number[])[] = [
  [1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
  [0, 0, 0, 0],
  [0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
  [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
  [0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
  [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
  [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
];
const STAGES = A.length;
const [SAFETY, LEAST, MOST] = [0.9, 0.2, 10];

/**
 * An integration that asks for each derivative it needs, so that many can be served at once: yields a state, wants dx/dt
 * back, and returns the states at the wanted times, [times, n].
 * @throws when steps shrink to nothing
 */
export function* integration(
  start: Float64Array,
  { end, times, relative, absolute = 1e-6 }: Integration,
): Generator<Float64Array, Float64Array, Float64Array> {
  const n = start.length;
  const states = new Float64Array(times.length * n);
  const rates: Float64Array[] = Array.from({ length: STAGES }, () => new Float64Array(n));
  let state = start.slice();
  let rate = (yield state).slice();
  let step = yield* firstStep(state, rate, end, relative, absolute);
  let time = 0;
  let next = 0;
  while (time < end) {
    const smallest = 10 * spacing(time);
    step = Math.max(step, smallest);
    for (let rejected = false; ; rejected = true) {
      if (step < smallest)
        throw new Error(`integration: steps shrink to nothing at ${time} s; the state diverges`);
      const after = Math.min(time + step, end);
      const h = after - time;
      rates[0].set(rate);
      let moved = state;
      for (let stage = 1; stage < STAGES; stage++) {
        moved = new Float64Array(n);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let k = 0; k < stage; k++) sum += rates[k][i] * A[stage][k];
          moved[i] = state[i] + sum * h;
        }
        rates[stage].set(yield moved);
      }
      const error = errorNorm(rates, h, state, moved, relative, absolute);
      if (error < 1) {
        const growth = error === 0 ? MOST : Math.min(MOST, SAFETY * error ** -0.2);
        for (; next < times.length && times[next] <= after; next++)
          interpolate(states.subarray(next * n, (next + 1) * n), state, rates, h, (times[next] - time) / h);
        state = moved;
        rate = rates[STAGES - 1].slice();
        time = after;
        step = h * (rejected ? Math.min(1, growth) : growth);
        break;
      }
      // Of what is no number too: it must end somewhere.
      step = h * Math.max(LEAST, SAFETY * error ** -0.2 || 0);
    }
  }
  return states;
}

/** One trajectory. @returns [times, n] */
export function integrate(motion: Motion, start: Float64Array, options: Integration): Float64Array {
  const work = integration(start, options);
  let asked = work.next();
  while (!asked.done) asked = work.next(motion(asked.value));
  return asked.value;
}

/**
 * Trajectories with steps of their own, whose derivatives are asked for together.
 * @param motions dx/dt at states [L, n], L = starts.length; what is of a trajectory that has ended does not matter
 * @param options one a trajectory
 * @returns [times, n] for each
 */
export async function integrateTogether(
  motions: (states: Float64Array) => Promise<Float64Array>,
  starts: readonly Float64Array[],
  options: readonly Integration[],
): Promise<Float64Array[]> {
  const n = starts[0]?.length ?? 0;
  const works = starts.map((start, i) => integration(start, options[i]));
  const asked = works.map((work) => work.next());
  const states = new Float64Array(starts.length * n);
  while (asked.some(({ done }) => !done)) {
    asked.forEach(({ done, value }, i) => {
      if (!done) states.set(value, i * n);
    });
    const rates = await motions(states);
    works.forEach((work, i) => {
      if (!asked[i].done) asked[i] = work.next(rates.slice(i * n, (i + 1) * n));
    });
  }
  return asked.map(({ value }) => value);
}

/** `count` times from 0 to `end`, both included: numpy.linspace. */
export function evenly(end: number, count: number): Float64Array {
  const step = end / (count - 1);
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? end : i * step));
}

function* firstStep(
  state: Float64Array,
  rate: Float64Array,
  end: number,
  relative: number,
  absolute: number,
): Generator<Float64Array, number, Float64Array> {
  const scale = state.map((value) => absolute + Math.abs(value) * relative);
  const norm = (values: Float64Array) => rootMeanSquare(values.map((value, i) => value / scale[i]));
  const [size, speed] = [norm(state), norm(rate)];
  const guess = Math.min(end, size < 1e-5 || speed < 1e-5 ? 1e-6 : (0.01 * size) / speed);
  const further = yield state.map((value, i) => value + guess * rate[i]);
  const bend = norm(further.map((value, i) => value - rate[i])) / guess;
  const still = speed <= 1e-15 && bend <= 1e-15;
  const other = still ? Math.max(1e-6, guess * 1e-3) : (0.01 / Math.max(speed, bend)) ** 0.2;
  return Math.min(100 * guess, other, end);
}

function errorNorm(
  rates: readonly Float64Array[],
  h: number,
  before: Float64Array,
  after: Float64Array,
  relative: number,
  absolute: number,
): number {
  let squares = 0;
  for (let i = 0; i < before.length; i++) {
    let sum = 0;
    for (let k = 0; k < STAGES; k++) sum += rates[k][i] * E[k];
    const part = (sum * h) / (absolute + Math.max(Math.abs(before[i]), Math.abs(after[i])) * relative);
    squares += part * part;
  }
  return Math.sqrt(squares / before.length);
}

/** The state at a fraction x of a step. */
function interpolate(
  into: Float64Array,
  before: Float64Array,
  rates: readonly Float64Array[],
  h: number,
  x: number,
): void {
  const weights = P.map(([a, b, c, d]) => x * (a + x * (b + x * (c + x * d))));
  for (let i = 0; i < into.length; i++) {
    let sum = 0;
    for (let k = 0; k < STAGES; k++) sum += rates[k][i] * weights[k];
    into[i] = before[i] + h * sum;
  }
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** From a time to the next double. */
function spacing(time: number): number {
  return time === 0 ? Number.MIN_VALUE : 2 ** (Math.floor(Math.log2(time)) - 52);
}
