/** The world and the clip of reference.py, and what a model of states makes of them, for the tests of the state families. */
import { evaluate, gradient, input, size, sliceAxis, take, type Tensor } from '@orrery/graph';
import { expect, test } from 'vitest';
import type { Noise, StateModel, StateWorld } from '../family.ts';
import { BODY_SIZE, MOTION_SIZE } from './layout.ts';

export interface Reference {
  readonly config: Readonly<Record<string, unknown>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly loss: number;
  readonly gradientNorms: Readonly<Record<string, number>>;
  /** [B, steps, N, 18]: position, rotation matrix by rows, velocity, spin */
  readonly imagined: readonly number[];
}

const [BATCH, FRAMES, BODIES, ACTIONS] = [2, 6, 4, 2];

export const wave = (shape: readonly number[], seed: number, scale = 1) =>
  Float64Array.from({ length: size(shape) }, (_, i) => scale * Math.sin(1 + 2.399963 * i + 7.1 * seed));

function spread(length: number, seed: number, zeros: readonly number[] = []) {
  const deviation = wave([length], seed + 1, 0.5).map((value) => 0.75 + value);
  for (const index of zeros) deviation[index] = 0;
  return { mean: [...wave([length], seed, 0.2)], deviation: [...deviation] };
}

export const world: StateWorld = {
  ...{ sees: 'states', bodies: BODIES, moving: [0, 1, 3], dt: 0.1, actions: ACTIONS },
  statistics: { motion: spread(13, 30), bodies: spread(12, 32), change: spread(12, 34, [3]) },
};

/** `motion` [B, T, N, 13], `bodies` [B, N, 12] and `actions` [B, T, A] */
export function clipFeeds() {
  const motion = wave([BATCH, FRAMES, BODIES, MOTION_SIZE], 40);
  for (let row = 0; row < motion.length; row += MOTION_SIZE) {
    const length = Math.hypot(...motion.subarray(row + 3, row + 7));
    for (let i = 3; i < 7; i++) motion[row + i] /= length;
  }
  const bodies = new Float64Array(BATCH * BODIES * BODY_SIZE);
  const facts = wave([BATCH, BODIES, 8], 41, 0.4).map((value) => 0.6 + value);
  for (let row = 0; row < BATCH * BODIES; row++) {
    const [scene, body] = [Math.floor(row / BODIES), row % BODIES];
    const own = facts.subarray(8 * row, 8 * row + 8);
    const absent = scene === 1 && body === 3;
    if (body === 2) own.fill(0, 0, 4);
    if (absent) own[3] = 0;
    own[7] = absent ? 0 : 1;
    bodies[row * BODY_SIZE + [0, 1, 3, 0][body]] = 1;
    bodies.set(own, row * BODY_SIZE + 4);
  }
  return { motion, bodies, actions: wave([BATCH, FRAMES, ACTIONS], 42) };
}

/** Of reference.py: the k-th parameter holds 0.5 wave(size, k), divided by the root of its number of rows. */
export function parameterFeeds(model: StateModel): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }], k) => [
      name,
      wave(shape, k, 0.5 / Math.sqrt(shape[0])),
    ]),
  );
}

/** The tests that hold a model to what its reference.py found, of as many imagined frames. @param ours of the same frames */
export function testAgainst(
  reference: Reference,
  model: StateModel,
  ours: ReturnType<typeof computed>,
): void {
  test('parameters, loss and gradients', () => {
    const shapes = Object.entries(model.parameters).map(([name, { shape }]) => [name, [...shape]]);
    expect(Object.fromEntries(shapes)).toEqual(reference.shapes);
    expect(ours.loss).toBeCloseTo(reference.loss, 7);
    for (const [name, norm] of Object.entries(reference.gradientNorms))
      expect(Math.abs(ours.gradientNorms[name] - norm), name).toBeLessThan(1e-6 * norm + 1e-10);
  });

  test('imagined motion', () => {
    expect(ours.imagined).toHaveLength(reference.imagined.length);
    reference.imagined.forEach((value, i) => expect(Math.abs(ours.imagined[i] - value)).toBeLessThan(1e-6));
  });
}

/**
 * Loss, norms of its gradients, and `steps` imagined frames after the context.
 * @param drawn what `model.noise.loss` declares, by name
 */
export function computed(
  model: StateModel,
  steps: number,
  drawn: Readonly<Record<string, Float64Array>> = {},
) {
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }]) => [name, input(name, shape, 'f64')]),
  );
  const whole = {
    motion: input('motion', [BATCH, FRAMES, BODIES, MOTION_SIZE], 'f64'),
    bodies: input('bodies', [BATCH, BODIES, BODY_SIZE], 'f64'),
    actions: input('actions', [BATCH, FRAMES, ACTIONS], 'f64'),
  };
  const until = (frames: number) => ({
    motion: sliceAxis(whole.motion, 1, 0, frames),
    bodies: whole.bodies,
    actions: sliceAxis(whole.actions, 1, 0, frames),
  });
  const noise: Noise = Object.fromEntries(
    Object.entries(model.noise?.loss ?? {}).map(([name, { shape }]) => [
      name,
      input(`noise/${name}`, [BATCH, ...shape], 'f64'),
    ]),
  );
  const { loss } = model.loss(parameters, until(model.clipFrames), 'train', noise);
  const slopes = gradient(loss, Object.values(parameters));
  const context = model.contextFrames;
  let state = model.encode(parameters, until(context));
  const motions: Tensor[] = [];
  for (let k = 0; k < steps; k++) {
    const next = model.step(parameters, state, take(whole.actions, context + k - 1, 1));
    motions.push(next.motion);
    state = next.state;
  }
  const feeds = {
    ...clipFeeds(),
    ...parameterFeeds(model),
    ...Object.fromEntries(Object.entries(drawn).map(([name, values]) => [`noise/${name}`, values])),
  };
  const [value, ...rest] = evaluate([loss, ...slopes, ...motions], feeds);
  const norms = rest.slice(0, slopes.length).map((slope) => Math.hypot(...slope));
  const frames = rest.slice(slopes.length);
  const imagined: number[] = [];
  for (let b = 0; b < BATCH; b++)
    for (const frame of frames)
      for (let body = 0; body < BODIES; body++)
        imagined.push(...withMatrix(frame.subarray((b * BODIES + body) * MOTION_SIZE)));
  return {
    loss: value[0],
    gradientNorms: Object.fromEntries(Object.keys(parameters).map((name, i) => [name, norms[i]])),
    imagined,
  };
}

/** 13 numbers to 18: the quaternion as a matrix, so that its sign does not matter. */
function withMatrix(motion: ArrayLike<number>): number[] {
  const [x, y, z, w] = [3, 4, 5, 6].map((i) => motion[i]);
  const at = (from: number) => [motion[from], motion[from + 1], motion[from + 2]];
  return [
    ...at(0),
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    ...[2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    ...[2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ...at(7),
    ...at(10),
  ];
}
