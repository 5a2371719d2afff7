/** Perceptrons on states: from positions in three frames, and radii, to the balls' next displacement. */
import {
  add,
  constant,
  input,
  mean,
  mul,
  optimize,
  program,
  silu,
  sliceAxis,
  square,
  sub,
  type Tensor,
} from '@orrery/graph';
import { adam, mlp, parameterCount, schedule, type Parameters, type ParameterSpecs } from '@orrery/nn';
import { createSession } from '@orrery/onnx/node';
import { key } from '@orrery/random';
import { fit, samplesOf, type FitOptions, type FitResult, type SampleSource } from '@orrery/train';
import { CONTEXT } from './errors.ts';
import type { Scene } from './scenes.ts';
import { FRAMES } from './worlds.ts';

export const recipe = {
  hidden: [128, 128],
  batch: 512,
  steps: 6000,
  learningRate: 1e-3,
  validateEvery: 1000,
} as const;

/** Scenes at the end of the training ones that are held out to choose weights by. */
const HELD_OUT = 1000;
/** What brings positions, radii and displacements, in m, to the order of 1. */
const [MIDDLE, SPREAD, RADIUS, STRIDE] = [5, 3, 1, 0.25];

/** What the network says: the displacement itself, or what it adds to the last one. */
export type Form = 'displacement' | 'change';

export interface StateModel {
  readonly parameters: number;
  readonly fitted: FitResult;
  /** Goes on from the first three frames of each scene by itself. @returns [32, balls, 2] m each */
  imagine(scenes: readonly Scene[]): Promise<Float64Array[]>;
}

export async function trainStateModel(
  scenes: readonly Scene[],
  form: Form,
  seed: number,
  options: Partial<Pick<FitOptions, 'threads' | 'budget' | 'signal' | 'onProgress' | 'steps'>> = {},
): Promise<StateModel> {
  const balls = scenes[0].radii.length;
  const network = mlp('state', {
    widths: [CONTEXT * balls * 2 + balls, ...recipe.hidden, balls * 2],
    activation: silu,
  });
  /** @param seen [B, 3 * balls * 2 + balls] m @returns [B, balls * 2] m */
  const move: Move = (parameters, seen) => {
    const said = mul(network(parameters, scaled(seen, balls)), STRIDE);
    if (form === 'displacement') return said;
    const frame = (k: number) => sliceAxis(seen, 1, k * balls * 2, (k + 1) * balls * 2);
    return add(sub(frame(CONTEXT - 1), frame(CONTEXT - 2)), said);
  };
  const { steps = recipe.steps, ...others } = options;
  const fitted = await fit({
    parameters: network.parameters,
    loss: (parameters, { seen, next }) => mean(square(mul(sub(move(parameters, seen), next), 1 / STRIDE))),
    training: windows(scenes.slice(0, -HELD_OUT)),
    validation: windows(scenes.slice(-HELD_OUT)),
    validateEvery: recipe.validateEvery,
    optimizer: adam(),
    learningRate: schedule('cosine', { peak: recipe.learningRate, steps }),
    ...{ steps, batch: recipe.batch, order: 'epochs', key: key(seed) },
    ...others,
  });
  return {
    parameters: parameterCount(network.parameters),
    fitted,
    imagine: (given) => imagine(move, network.parameters, fitted.parameters, given),
  };
}

type Move = (parameters: Parameters, seen: Tensor) => Tensor;

/** Positions and radii [B, 3 * balls * 2 + balls] in m, to the order of 1. */
function scaled(seen: Tensor, balls: number): Tensor {
  const positions = CONTEXT * balls * 2;
  const row = (position: number, radius: number) =>
    constant(
      [...Array<number>(positions).fill(position), ...Array<number>(balls).fill(radius)],
      [positions + balls],
    );
  return mul(sub(seen, row(MIDDLE, RADIUS)), row(1 / SPREAD, 1));
}

/** Every three frames in a row with the displacement after them. */
function windows(scenes: readonly Scene[]): SampleSource {
  const balls = scenes[0].radii.length;
  const each = FRAMES - CONTEXT;
  const [width, out] = [CONTEXT * balls * 2 + balls, balls * 2];
  const count = scenes.length * each;
  const [seen, next] = [new Float32Array(count * width), new Float32Array(count * out)];
  scenes.forEach(({ radii, positions }, s) => {
    for (let t = 0; t < each; t++) {
      const row = s * each + t;
      seen.set(positions.subarray(t * out, (t + CONTEXT) * out), row * width);
      seen.set(radii, row * width + CONTEXT * out);
      for (let i = 0; i < out; i++) {
        const at = (t + CONTEXT) * out + i;
        next[row * out + i] = positions[at] - positions[at - out];
      }
    }
  });
  return samplesOf({
    seen: { shape: [count, width], data: seen },
    next: { shape: [count, out], data: next },
  });
}

async function imagine(
  move: Move,
  specs: ParameterSpecs,
  weights: FitResult['parameters'],
  scenes: readonly Scene[],
): Promise<Float64Array[]> {
  const balls = scenes[0].radii.length;
  const [width, out] = [CONTEXT * balls * 2 + balls, balls * 2];
  const seen = input('seen', [scenes.length, width]);
  const parameters = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, input(name, shape)]),
  );
  const graph = program({ moves: move(parameters, seen) }, [seen, ...Object.values(parameters)]);
  const session = await createSession(optimize(graph), { threads: 1 });
  try {
    const paths = scenes.map(({ positions }) => {
      const path = new Float64Array(positions.length);
      path.set(positions.subarray(0, CONTEXT * out));
      return path;
    });
    for (let t = CONTEXT; t < FRAMES; t++) {
      const rows = new Float32Array(scenes.length * width);
      scenes.forEach(({ radii }, s) => {
        rows.set(paths[s].subarray((t - CONTEXT) * out, t * out), s * width);
        rows.set(radii, s * width + CONTEXT * out);
      });
      const outputs = await session.run({ seen: rows, ...weights });
      const moves = outputs.moves.data;
      paths.forEach((path, s) => {
        for (let i = 0; i < out; i++)
          path[t * out + i] = path[(t - 1) * out + i] + Number(moves[s * out + i]);
      });
    }
    return paths;
  } finally {
    await session.close();
  }
}
