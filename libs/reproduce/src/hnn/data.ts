/**
 * The data of the HNN paper, drawn as the authors' code draws it after `numpy.random.seed`: experiment-spring/data.py,
 * experiment-pend/data.py, experiment-2body/data.py and experiment-3body/data.py of github.com/greydanus/hamiltonian-nn.
 */
import { RandomState } from '@orrery/random';
import { evenly, integrate, type Motion } from '../integration/dormand-prince.ts';
import { BODY, gravity, pendulum, spring, toCoordinates } from './motions.ts';

/** States and their time derivatives, [count, coordinates] each, row-major. */
export interface Motions {
  readonly count: number;
  readonly x: Float64Array;
  readonly dx: Float64Array;
}

export interface Drawn {
  readonly coordinates: number;
  readonly train: Motions;
  readonly test: Motions;
  /** The generator as it is afterwards: the authors' notebooks go on drawing from it. */
  readonly state: RandomState;
}

const TRAJECTORIES = 50;
const NOISE = 0.1;

interface OneBody {
  readonly motion: Motion;
  /** Of a trajectory of 3 s. */
  readonly points: number;
  /** |x(0)|, drawn. */
  readonly radius: (state: RandomState) => number;
}

/** Noise is on the states, not on the derivatives; the first half of the trajectories is for training. */
function oneBody(seed: number, { motion, points, radius }: OneBody): Drawn {
  const state = new RandomState(seed);
  const [x, dx]: [number[], number[]] = [[], []];
  for (let k = 0; k < TRAJECTORIES; k++) {
    const direction = state.rand(2).map((value) => value * 2 - 1);
    const drawn = radius(state);
    const length = Math.sqrt(direction[0] * direction[0] + direction[1] * direction[1]);
    const start = direction.map((value) => (value / length) * drawn);
    const path = integrate(motion, start, { end: 3, times: evenly(3, points), relative: 1e-10 });
    const [ofPosition, ofMomentum] = [state.randn(points), state.randn(points)];
    for (let i = 0; i < points; i++) {
      const clean = path.subarray(2 * i, 2 * i + 2);
      x.push(clean[0] + ofPosition[i] * NOISE, clean[1] + ofMomentum[i] * NOISE);
      dx.push(...motion(clean));
    }
  }
  const half = Math.floor((TRAJECTORIES * points) / 2);
  const all = { count: TRAJECTORIES * points, x: Float64Array.from(x), dx: Float64Array.from(dx) };
  return { coordinates: 2, train: rows(all, 0, half), test: rows(all, half, all.count), state };
}

const springCase: OneBody = {
  motion: spring.motion,
  points: 30,
  radius: (state) => state.rand() * 0.9 + 0.1,
};
const pendulumCase: OneBody = { motion: pendulum.motion, points: 45, radius: (state) => state.rand() + 1.3 };

export const springData = (seed: number): Drawn => oneBody(seed, springCase);
export const pendulumData = (seed: number): Drawn => oneBody(seed, pendulumCase);
/** What the pendulum's notebook draws before it evaluates: the same with a fixed radius, which is then not drawn. */
export const pendulumNotebookState = (seed: number): RandomState =>
  oneBody(seed, { ...pendulumCase, radius: () => 2 }).state;

/** Two bodies on near-circular orbits around their middle: `random_config`. @returns [2, BODY] */
export function twoBodies(state: RandomState): Float64Array {
  const [x, y] = state.rand(2).map((value) => value * 1 + 0.5);
  const speed = 2 * Math.sqrt(x * x + y * y) ** 1.5;
  const wobble = 1 + 5e-2 * state.randn();
  const [vx, vy] = [(y / speed) * -1 * wobble, (x / speed) * wobble];
  return Float64Array.of(1, x, y, vx, vy, 1, -x, -y, -vx, -vy);
}

/** Three bodies on a circle, their velocities off the circular ones by up to a fifth: `random_config`. @returns [3, BODY] */
export function threeBodies(state: RandomState): Float64Array {
  const drawn = state.rand(2).map((value) => 2 * value - 1);
  const radius = state.rand() * (1.2 - 0.9) + 0.9;
  const length = radius / Math.sqrt(drawn[0] * drawn[0] + drawn[1] * drawn[1]);
  const third = (2 * Math.PI) / 3;
  const positions: Float64Array[] = [drawn.map((value) => value * length)];
  positions.push(turned(positions[0], third));
  positions.push(turned(positions[1], third));
  const circular = Math.sqrt(Math.sin(Math.PI / 3) / (2 * Math.cos(Math.PI / 6) ** 2));
  const velocities: Float64Array[] = [
    turned(positions[0], Math.PI / 2).map((value) => (value / radius ** 1.5) * circular),
  ];
  velocities.push(turned(velocities[0], third));
  velocities.push(turned(velocities[1], third));
  return Float64Array.from(
    [0, 1, 2].flatMap((body) => {
      const factors = state.rand(2).map((value) => 1 + 2e-1 * (2 * value - 1));
      return [1, ...positions[body], ...velocities[body].map((value, i) => value * factors[i])];
    }),
  );
}

function turned([x, y]: Float64Array, angle: number): Float64Array {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return Float64Array.of(c * x - s * y, s * x + c * y);
}

interface Orbits {
  readonly bodies: number;
  readonly start: (state: RandomState) => Float64Array;
  readonly trials: number;
  readonly points: number;
  readonly end: number;
}

export const twoBodyOrbits: Orbits = { bodies: 2, start: twoBodies, trials: 1000, points: 50, end: 20 };
export const threeBodyOrbits: Orbits = { bodies: 3, start: threeBodies, trials: 5000, points: 20, end: 5 };

/** No noise; the first fifth of the states is for testing. */
export function orbitData(seed: number, { bodies, start, trials, points, end }: Orbits): Drawn {
  const state = new RandomState(seed);
  const coordinates = 4 * bodies;
  const count = trials * points;
  const [x, dx] = [new Float64Array(count * coordinates), new Float64Array(count * coordinates)];
  const times = evenly(end, points);
  for (let trial = 0; trial < trials; trial++) {
    const path = integrate(gravity.motion, start(state), { end, times, relative: 1e-9 });
    for (let i = 0; i < points; i++) {
      const at = path.subarray(i * bodies * BODY, (i + 1) * bodies * BODY);
      x.set(toCoordinates(at), (trial * points + i) * coordinates);
      dx.set(toCoordinates(gravity.motion(at)), (trial * points + i) * coordinates);
    }
  }
  const fifth = Math.floor(count * 0.2);
  return {
    coordinates,
    train: rows({ count, x, dx }, fifth, count),
    test: rows({ count, x, dx }, 0, fifth),
    state,
  };
}

function rows({ count, x, dx }: Motions, from: number, to: number): Motions {
  const width = x.length / count;
  return { count: to - from, x: x.slice(from * width, to * width), dx: dx.slice(from * width, to * width) };
}
