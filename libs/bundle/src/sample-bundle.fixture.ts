/** For tests: models of tables, on samples that a closed form gives. */
import { egnn, egnnConfig, hnn, hnnConfig } from '@orrery/models';
import { fit, optimizerOf, samplesOf, trainingSchema, type FitOptions } from '@orrery/train';

const COUNT = 96;
const STEPS = 20;
/** Spread over [-1, 1], other for each place. */
const wave = (length: number, frequency: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(frequency * (i + 1)));

const shared = {
  optimizer: optimizerOf(trainingSchema.parse({ optimizer: 'adam' })),
  ...{ steps: STEPS, batch: 16, stepsPerCall: 1, key: [0, 7] as const },
  learningRate: () => 1e-3,
};

/** A mass on a spring, H = q^2 + p^2: dq/dt = 2 p, dp/dt = -2 q. */
function springs(): FitOptions {
  const model = hnn(hnnConfig.parse({ coordinates: 2, width: 32 }));
  const x = wave(2 * COUNT, 1.7);
  const dx = x.map((_, i) => (i % 2 === 0 ? 2 * x[i + 1] : -2 * x[i - 1]));
  return {
    ...shared,
    ...{ parameters: model.parameters, order: 'all' },
    loss: (parameters, batch) => model.loss(parameters, batch as never),
    training: samplesOf({ x: { shape: [COUNT, 2], data: x }, dx: { shape: [COUNT, 2], data: dx } }),
  };
}

/** Five bodies that fly on as they do, charges or not. */
function particles(): FitOptions {
  const model = egnn(egnnConfig.parse({ features: 16, layers: 2 }));
  const [positions, velocities] = [wave(15 * COUNT, 2.3), wave(15 * COUNT, 1.1)];
  const vectors = (data: Float32Array) => ({ shape: [COUNT, 5, 3], data });
  return {
    ...shared,
    ...{ parameters: model.parameters, order: 'epochs' },
    loss: (parameters, { targets, ...bodies }) => model.loss(parameters, bodies as never, targets),
    training: samplesOf({
      ...{ positions: vectors(positions), velocities: vectors(velocities) },
      charges: { shape: [COUNT, 5], data: wave(5 * COUNT, 3.9).map(Math.sign) },
      targets: vectors(positions.map((at, i) => at + velocities[i])),
    }),
  };
}

export const fits: Readonly<Record<string, FitOptions>> = {
  hnn: springs(),
  egnn: particles(),
  'egnn, of draws': { ...particles(), order: 'draws' },
};

/** Trains on onnxruntime. @returns the loss of each update */
export async function fitHere(options: FitOptions): Promise<number[]> {
  return (await fit({ ...options, threads: 1 })).losses.map(({ loss }) => loss);
}
