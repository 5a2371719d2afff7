/** The true laws of the four systems of the paper, as the authors' experiment-<name>/data.py have them. Units are 1. */
import type { Motion } from '../integration/dormand-prince.ts';

export type Energy = (state: Float64Array) => number;

/** H = q² + p². State [q, p]. */
export const spring = {
  motion: ((x) => Float64Array.of(2 * x[1], -2 * x[0])) satisfies Motion,
  energy: ((x) => x[1] * x[1] + x[0] * x[0]) satisfies Energy,
};

/** H = 3 (1 - cos q) + p²: equation 5 of the paper with 2mgl = 3. State [q, p]. */
export const pendulum = {
  motion: ((x) => Float64Array.of(2 * x[1], -3 * Math.sin(x[0]))) satisfies Motion,
  energy: ((x) => 3 * (1 - Math.cos(x[0])) + x[1] * x[1]) satisfies Energy,
};

/** Values of a body in a state of bodies: mass, position x and y, velocity x and y. */
export const BODY = 5;

/**
 * Bodies of mass 1 under gravity with G = 1, in the plane. State [bodies, BODY]: the authors integrate the masses too, and so
 * does this, because the step control takes its mean over all values.
 */
export const gravity = {
  motion: ((state) => {
    const rates = new Float64Array(state.length);
    for (let i = 0; i < state.length; i += BODY) {
      rates[i + 1] = state[i + 3];
      rates[i + 2] = state[i + 4];
      for (let j = 0; j < state.length; j += BODY) {
        if (i === j) continue;
        const [dx, dy] = [state[j + 1] - state[i + 1], state[j + 2] - state[i + 2]];
        const distance = Math.sqrt(dx * dx + dy * dy);
        const pull = state[j] / (distance * distance * distance);
        rates[i + 3] += pull * dx;
        rates[i + 4] += pull * dy;
      }
    }
    return rates;
  }) satisfies Motion,
  energy: ((state) => {
    let energy = 0;
    for (let i = 0; i < state.length; i += BODY) {
      energy += 0.5 * state[i] * (state[i + 3] * state[i + 3] + state[i + 4] * state[i + 4]);
      for (let j = i + BODY; j < state.length; j += BODY)
        energy -=
          (state[i] * state[j]) / Math.hypot(state[j + 1] - state[i + 1], state[j + 2] - state[i + 2]);
    }
    return energy;
  }) satisfies Energy,
};

/** State of bodies to what the networks see: [x of each, y of each, velocity x of each, velocity y of each]. */
export function toCoordinates(state: Float64Array): Float64Array {
  const bodies = state.length / BODY;
  return Float64Array.from(
    { length: 4 * bodies },
    (_, i) => state[(i % bodies) * BODY + 1 + Math.floor(i / bodies)],
  );
}

/** The way back, for rates too. @param mass of each body: 1 for a state, 0 for a rate */
export function fromCoordinates(coordinates: Float64Array, mass: 0 | 1): Float64Array {
  const bodies = coordinates.length / 4;
  return Float64Array.from({ length: bodies * BODY }, (_, i) => {
    const [body, value] = [Math.floor(i / BODY), i % BODY];
    return value === 0 ? mass : coordinates[(value - 1) * bodies + body];
  });
}
