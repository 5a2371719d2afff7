/** What a run folder says of a training: what was trained on what, by which versions. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parameterCount } from '@orrery/nn';
import { runtimeInfo } from '@orrery/onnx/node';
import { planTraining, type PlanRequest, type TrainingPlan } from './plan.ts';
import type { Run } from './run.ts';

export interface TrainingRequest extends PlanRequest {
  /** Where the dataset lies, for the record. */
  readonly datasetPath: string;
  /** Git revision of the program, for the record. */
  readonly revision: string;
}

export interface RecordedPlan extends TrainingPlan {
  readonly run: Run;
}

/** @throws when a name or setting is unknown, or the model, the dataset and the training do not fit each other */
export async function planRun(request: TrainingRequest): Promise<RecordedPlan> {
  const plan = await planTraining(request);
  const { family, config, training, world, flopsPerStep } = plan;
  const { spec, size, seed, checksums } = request.dataset.manifest;
  const dataset = { name: spec.name, size, seed, checksum: checksums.dataset };
  return {
    ...plan,
    run: {
      ...{ format: 'orrery.run', version: 1, family, config, training, world },
      dataset: { ...dataset, path: resolve(request.datasetPath) },
      revision: request.revision,
      versions: await versions(),
      parameters: parameterCount(plan.model.parameters),
      flopsPerStep,
    },
  };
}

async function versions(): Promise<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return {
    orrery: manifest.version,
    node: process.versions.node,
    onnxruntime: (await runtimeInfo()).version,
  };
}
