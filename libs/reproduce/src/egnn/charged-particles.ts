/**
 * The data of the n-body experiment of "E(n) equivariant graph neural networks" (Satorras et al., 2021, section 5.1): five
 * charged particles in space, where they are and how they move now, and where they are 1000 steps later.
 *
 * As the authors' `generate_dataset.py --num-train 10000 --seed 43 --sufix small` draws it from NumPy's RandomState, of
 * which their n-body command reads the first 3000 training samples.
 */
import type { RandomState } from '@orrery/random';

export const PARTICLES = 5;
const DIMENSIONS = 3;
const COORDINATES = PARTICLES * DIMENSIONS;
/** Time units of a step. */
const STEP = 0.001;
/** Largest component of a force, before which close encounters are cut. */
const MAX_FORCE = 0.1 / STEP;
const BOX = 5;
const SPEED = 0.5;
/** Steps between stored frames, and stored frames; the first is stored after one period. */
const PERIOD = 100;
const FRAMES = 49;
/** Of the stored frames, counted from 0. */
const INPUT_FRAME = 30;
const TARGET_FRAME = 40;

/** S samples, row-major, in single precision as the authors' loader gives them. */
export interface ChargedParticles {
  readonly count: number;
  /** [S, 5, 3] */
  readonly positions: Float32Array;
  /** [S, 5, 3], half a step before the positions */
  readonly velocities: Float32Array;
  /** [S, 5], -1 or 1 */
  readonly charges: Float32Array;
  /** [S, 5, 3] positions one time unit later */
  readonly targets: Float32Array;
}

/** How a simulation starts; coordinates by dimension, [3, 5], as the authors keep them. */
export interface Start {
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly charges: Float64Array;
}

/**
 * `kept` samples of the stream, after which it stands where `drawn` simulations leave it: what nobody reads is drawn and not
 * simulated.
 */
export function chargedParticles(random: RandomState, kept: number, drawn = kept): ChargedParticles {
  const samples = {
    count: kept,
    positions: new Float32Array(kept * COORDINATES),
    velocities: new Float32Array(kept * COORDINATES),
    charges: new Float32Array(kept * PARTICLES),
    targets: new Float32Array(kept * COORDINATES),
  };
  for (let i = 0; i < drawn; i++) {
    const start = drawStart(random);
    // Noise of variance 0 on all stored positions and velocities: drawn all the same.
    random.skipRandn(2 * FRAMES * COORDINATES);
    if (i >= kept) continue;
    const { charges } = start;
    const [now, later] = simulate(start, [INPUT_FRAME, TARGET_FRAME]);
    samples.positions.set(byParticle(now.positions), i * COORDINATES);
    samples.velocities.set(byParticle(now.velocities), i * COORDINATES);
    samples.charges.set(charges, i * PARTICLES);
    samples.targets.set(byParticle(later.positions), i * COORDINATES);
  }
  return samples;
}

export function drawStart(random: RandomState): Start {
  const charges = Float64Array.from(random.choice(3, PARTICLES, { p: [0.5, 0, 0.5] }), (index) => index - 1);
  const positions = random.randn(COORDINATES);
  const velocities = random.randn(COORDINATES);
  for (let i = 0; i < PARTICLES; i++) {
    const [x, y, z] = [velocities[i], velocities[PARTICLES + i], velocities[2 * PARTICLES + i]];
    const norm = Math.sqrt(x * x + y * y + z * z);
    for (let d = i; d < COORDINATES; d += PARTICLES) velocities[d] = (velocities[d] * SPEED) / norm;
  }
  // Only the start is mirrored at the walls: the authors' call in the loop is commented out.
  for (let d = 0; d < COORDINATES; d++) {
    if (positions[d] > BOX) {
      positions[d] = 2 * BOX - positions[d];
      velocities[d] = -Math.abs(velocities[d]);
    } else if (positions[d] < -BOX) {
      positions[d] = -2 * BOX - positions[d];
      velocities[d] = Math.abs(velocities[d]);
    }
  }
  return { positions, velocities, charges };
}

/**
 * Leapfrog with the authors' order of steps. Close encounters amplify the last bits, which differ where a BLAS fuses
 * multiplication and addition: the same samples, not the same bits.
 * @param frames which stored frames, ascending
 */
export function simulate(
  { positions, velocities, charges }: Start,
  frames: readonly number[],
): Pick<Start, 'positions' | 'velocities'>[] {
  const x = positions.slice();
  const v = velocities.slice();
  const last = (frames.at(-1)! + 1) * PERIOD;
  const stored: Pick<Start, 'positions' | 'velocities'>[] = [];
  kick(x, v, charges);
  for (let step = 1; ; step++) {
    for (let d = 0; d < COORDINATES; d++) x[d] = x[d] + STEP * v[d];
    if (step % PERIOD === 0 && frames.includes(step / PERIOD - 1))
      stored.push({ positions: x.slice(), velocities: v.slice() });
    if (step === last) return stored;
    kick(x, v, charges);
  }
}

const forces = new Float64Array(COORDINATES);
const squares = new Float64Array(PARTICLES);

/** v += dt F with F_i = sum_j q_i q_j (x_i - x_j) / |x_i - x_j|^3, each component cut. */
function kick(x: Float64Array, v: Float64Array, charges: Float64Array): void {
  const [Y, Z] = [PARTICLES, 2 * PARTICLES];
  forces.fill(0);
  for (let i = 0; i < PARTICLES; i++) {
    squares[i] = x[i] * x[i] + x[Y + i] * x[Y + i] + x[Z + i] * x[Z + i];
  }
  for (let i = 0; i < PARTICLES; i++) {
    for (let j = i + 1; j < PARTICLES; j++) {
      const product = x[i] * x[j] + x[Y + i] * x[Y + j] + x[Z + i] * x[Z + j];
      const square = squares[i] + squares[j] - 2 * product;
      const strength = (charges[i] * charges[j]) / (square * Math.sqrt(square));
      for (let d = 0; d < COORDINATES; d += PARTICLES) {
        const force = strength * (x[d + i] - x[d + j]);
        forces[d + i] = forces[d + i] + force;
        forces[d + j] = forces[d + j] - force;
      }
    }
  }
  for (let d = 0; d < COORDINATES; d++) {
    v[d] = v[d] + STEP * Math.min(MAX_FORCE, Math.max(-MAX_FORCE, forces[d]));
  }
}

/** [3, 5] -> [5, 3] */
function byParticle(values: Float64Array): Float64Array {
  return values.map((_, k) => values[(k % DIMENSIONS) * PARTICLES + Math.floor(k / DIMENSIONS)]);
}
