/** The mean of a loss over all samples of a source, some at a time. */
import { input, optimize, program, type Tensor } from '@orrery/graph';
import type { Parameters, ParameterSpecs } from '@orrery/nn';
import { createSession } from '@orrery/onnx/node';
import type { Session } from '@orrery/onnx';
import type { SampleSource } from './samples.ts';

export interface MeanLossOptions {
  readonly parameters: ParameterSpecs;
  /** @returns a scalar, the mean over the samples of the batch */
  readonly loss: (parameters: Parameters, batch: Readonly<Record<string, Tensor>>) => Tensor;
  readonly samples: SampleSource;
  /** Samples a run of the graph, 1000 by default. */
  readonly batch?: number;
  readonly threads?: number;
}

export interface MeanLoss {
  /** @param weights by name */
  measure(weights: Readonly<Record<string, Float32Array>>): Promise<number>;
  close(): Promise<void>;
}

export function openMeanLoss({
  parameters,
  loss,
  samples,
  batch = 1000,
  threads,
}: MeanLossOptions): MeanLoss {
  const sessions = new Map<number, Promise<Session>>();
  const sessionOf = (size: number) => {
    const session = sessions.get(size) ?? createSession(lossProgram(size), { threads });
    sessions.set(size, session);
    return session;
  };
  const lossProgram = (size: number) => {
    const inputs = Object.entries(samples.inputs).map(
      ([name, { dtype, shape }]) => [name, input(name, [size, ...shape], dtype)] as const,
    );
    const weights = Object.entries(parameters).map(
      ([name, { shape }]) => [name, input(`parameters/${name}`, shape)] as const,
    );
    const value = loss(Object.fromEntries(weights), Object.fromEntries(inputs));
    return optimize(
      program(
        { loss: value },
        [...inputs, ...weights].map(([, tensor]) => tensor),
      ),
    );
  };
  return {
    async measure(weights) {
      const feeds = Object.fromEntries(
        Object.entries(weights).map(([name, values]) => [`parameters/${name}`, values]),
      );
      let sum = 0;
      for (let at = 0; at < samples.count; at += batch) {
        const size = Math.min(batch, samples.count - at);
        const indices = Uint32Array.from({ length: size }, (_, i) => at + i);
        const session = await sessionOf(size);
        const outputs = await session.run({ ...samples.read(indices), ...feeds });
        sum += Number(outputs['loss'].data[0]) * size;
      }
      return sum / samples.count;
    },
    async close() {
      for (const session of sessions.values()) await (await session).close();
    },
  };
}
