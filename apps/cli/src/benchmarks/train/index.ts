/** `orrery bench train`: how fast models train, beside the best GEMM of the runtime and beside other software. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeInfo } from '@orrery/onnx/node';
import type { Figure } from '../../output.ts';
import { atLeast, atMost, figure, type Bound } from '../figure.ts';
import { trainingCases, transformerSize } from './cases.ts';
import { measureMemory } from './memory.ts';
import { measureOverhead } from './overhead.ts';
import { MLP_FLOPS } from './peers/mlp.ts';
import {
  checkLosses,
  pythonBackends,
  runJaxJs,
  runPythonPeer,
  runTensorFlowJs,
  type PeerResult,
  type PythonBackend,
} from './peers/run.ts';
import { measurePerceptron } from './perceptron.ts';
import { measureUtilisation, openTraining, type Utilisation } from './utilisation.ts';

export interface TrainReport {
  /** Of the runtime and of the peers in Python. */
  readonly threads: number;
  /** "onnxruntime 1.30.0" */
  readonly runtime: string;
  /** What each case is. */
  readonly cases: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
  /** Versions of the peers, or why one was not measured. */
  readonly peers: Readonly<Record<string, string>>;
}

export interface TrainBenchOptions {
  /** Turns of each case with the products, and runs of each peer in Python. */
  readonly rounds: number;
  /** Interpreters in which PyTorch and JAX are looked for. */
  readonly pythons: readonly string[];
  /** Called before each part with what comes. */
  readonly onPart: (what: string) => void;
}

export async function benchTrain({ rounds, pythons, onPart }: TrainBenchOptions): Promise<TrainReport> {
  const threads = availableParallelism();
  const folder = await mkdtemp(join(tmpdir(), 'orrery-bench-'));
  const figures: Figure[] = [];
  const peers: Record<string, string> = {};
  try {
    const cases = trainingCases();
    for (const training of cases) {
      onPart(`${training.name}: ${training.title}`);
      const utilisation = await measureUtilisation(training, threads, rounds);
      const bound = training.bound === undefined ? undefined : atLeast(training.bound);
      figures.push(...utilisationFigures(training.name, utilisation, bound));
    }

    onPart('transformer: memory beside the prediction, in a process of its own');
    const { predicted, measured: taken } = await measureMemory('transformer', threads);
    figures.push(
      figure('transformer: memory', taken / 2 ** 20, 'MiB'),
      figure('transformer: memory that the cost model predicts', predicted / 2 ** 20, 'MiB'),
      figure('transformer: memory to prediction', taken / predicted, 'x', atMost(1.3)),
    );

    onPart('orrery train with 10 M parameters, its runs traced');
    const overhead = await measureOverhead(folder, threads);
    const of = `orrery train, ${(overhead.parameters / 1e6).toFixed(1)} M parameters`;
    figures.push(
      figure(`${of}: step`, 1000 * overhead.secondsPerStep, 'ms'),
      figure(`${of}: host overhead`, 100 * overhead.fraction, '% of a step', atMost(3)),
    );

    const compare = (what: string, peer: string, ours: Ours, result: PeerResult, bound: Bound) => {
      if ('missing' in result) {
        peers[peer] = `not measured: ${result.missing}`;
        return;
      }
      checkLosses(peer, result.losses, ours.losses);
      peers[peer] = result.version;
      figures.push(
        figure(`${what}: ${peer}`, result.milliseconds, 'ms/step'),
        figure(`${what}: to ${peer}`, result.milliseconds / ours.milliseconds, 'x', bound),
      );
    };
    onPart('perceptron: jax-js and TensorFlow.js on wasm');
    const before = await measurePerceptron(threads);
    const jaxJs = await runJaxJs();
    const tensorFlowJs = await runTensorFlowJs(folder);
    // Before and after the peers: the faster counts, as their fastest step does.
    const after = await measurePerceptron(threads);
    const perceptron = after.milliseconds < before.milliseconds ? after : before;
    figures.push(
      figure('perceptron: step', perceptron.milliseconds, 'ms'),
      figure('perceptron: speed', MLP_FLOPS / perceptron.milliseconds / 1e6, 'GFLOP/s'),
    );
    compare('perceptron', 'jax-js', perceptron, jaxJs, atLeast(4));
    compare('perceptron', 'TensorFlow.js', perceptron, tensorFlowJs, atLeast(20));

    const transformer = cases[0]!;
    const open = await openTraining(transformer, threads);
    try {
      const { losses } = await open.call();
      for (const [backend, peer] of Object.entries(pythonBackends) as [PythonBackend, string][]) {
        onPart(`transformer: ${peer}`);
        let milliseconds = Infinity;
        const result = await runPythonPeer(backend, transformer, {
          ...{ size: transformerSize, folder, pythons, threads, steps: losses.length, runs: rounds },
          ourTurn: async () => {
            milliseconds = Math.min(milliseconds, 1000 * (await open.call()).secondsPerStep);
          },
        });
        if (!('missing' in result))
          figures.push(figure(`transformer: beside ${peer}`, milliseconds, 'ms/step'));
        compare('transformer', peer, { losses, milliseconds }, result, atLeast(1));
      }
    } finally {
      await open.close();
    }
    return {
      ...{ threads, runtime: `onnxruntime ${(await runtimeInfo()).version}`, figures, peers },
      cases: Object.fromEntries(cases.map(({ name, title }) => [name, title])),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ours {
  readonly milliseconds: number;
  readonly losses: readonly number[];
}

function utilisationFigures(name: string, measured: Utilisation, bound?: Bound): Figure[] {
  const { parameters, gflopsPerStep, secondsPerStep, gflops, best, size, mfu, median } = measured;
  return [
    figure(`${name}: parameters`, parameters / 1e6, 'M'),
    figure(`${name}: model FLOPs of a step`, gflopsPerStep, 'GFLOP'),
    figure(`${name}: step`, 1000 * secondsPerStep, 'ms'),
    figure(`${name}: speed`, gflops, 'GFLOP/s'),
    figure(`${name}: best GEMM beside it (${size})`, best, 'GFLOP/s'),
    figure(`${name}: MFU of the best GEMM`, mfu, '', bound),
    figure(`${name}: MFU of sustained GEMM, median of the turns`, median, ''),
  ];
}
