/** `orrery bench plan`: updates as predicted from the graph and from what this machine was measured to do, and as timed. */
import { availableParallelism } from 'node:os';
import { hostTime, workload, type HostMachine, type Workload } from '@orrery/launch';
import { families } from '@orrery/models';
import { hostRates, runtimeInfo } from '@orrery/onnx/node';
import { key } from '@orrery/random';
import { initialState, optimizerOf, type Training } from '@orrery/train';
import type { Figure } from '../../output.ts';
import { datasetSpec } from '../../verbs/generate.ts';
import { trainingSettings } from '../../verbs/train.ts';
import { worldOf } from '../../world.ts';
import { figure, within } from '../figure.ts';
import { openUpdates } from '../updates.ts';
import { recipeName, recipes } from './recipes.ts';

export interface PlanReport {
  readonly threads: number;
  /** "onnxruntime 1.30.0" */
  readonly runtime: string;
  readonly machine: HostMachine;
  readonly figures: readonly Figure[];
}

/** A prediction may be off by so much of what is measured. */
const TOLERANCE = 0.25;
/** Calls that are timed, of so many updates each. */
const CALLS = 3;
const STEPS = 4;

/** @param onPart called before each part with what comes */
export async function benchPlan(onPart: (what: string) => void): Promise<PlanReport> {
  const threads = availableParallelism();
  const figures: Figure[] = [];
  onPart('this machine: products by width, nodes by size');
  const machine = await hostRates({ threads });
  for (const recipe of recipes) {
    const name = recipeName(recipe);
    onPart(name);
    const spec = await datasetSpec(recipe.dataset, 'small');
    const { model, training } = await trainingSettings(recipe.family, 0, recipe);
    const world = worldOf(spec, families[recipe.family]!);
    const load = workload({ family: recipe.family, config: model, training, world });
    const { step, products, memory } = hostTime(load.train, machine);
    const measured = await secondsPerUpdate(load, training, threads);
    figures.push(
      figure(`${name}: an update`, 1000 * measured, 'ms'),
      figure(`${name}: predicted`, 1000 * step, 'ms'),
      figure(`${name}: of that products`, 1000 * products, 'ms'),
      figure(`${name}: of that memory`, 1000 * memory, 'ms'),
      figure(`${name}: predicted to measured`, step / measured, 'x', within(1, TOLERANCE)),
    );
  }
  return { threads, runtime: `onnxruntime ${(await runtimeInfo()).version}`, machine, figures };
}

/** s an update of the fastest call, after one that nobody times */
async function secondsPerUpdate(
  { model, train }: Workload,
  training: Training,
  threads: number,
): Promise<number> {
  const first = initialState(model.parameters, optimizerOf(training), training.average, key(training.seed));
  const updates = await openUpdates(train, first, { steps: STEPS, threads });
  try {
    await updates.call();
    let best = Infinity;
    for (let call = 0; call < CALLS; call++) best = Math.min(best, (await updates.call()).secondsPerStep);
    return best;
  } finally {
    await updates.close();
  }
}
