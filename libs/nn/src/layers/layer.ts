/** A layer: a function over tensors that says which parameters it needs. */
import { modelError } from '@orrery/graph';
import type { Tensor } from '@orrery/graph';
import type { Parameters, ParameterSpecs } from '../parameters.ts';

/** Most layers turn one tensor into one; attention, recurrence and conditioning take or give more. */
export interface Layer<Inputs extends readonly unknown[] = readonly [x: Tensor], Output = Tensor> {
  /** @throws when a parameter is missing or has another shape than declared */
  (parameters: Parameters, ...inputs: Inputs): Output;
  /** Under the names that the layer reads. */
  readonly parameters: ParameterSpecs;
}

/** Joins a function with the parameters it reads. */
export function defineLayer<Inputs extends readonly unknown[] = readonly [x: Tensor], Output = Tensor>(
  parameters: ParameterSpecs,
  forward: (parameters: Parameters, ...inputs: Inputs) => Output,
): Layer<Inputs, Output> {
  return Object.assign(
    (given: Parameters, ...inputs: Inputs) => forward(checked(parameters, given), ...inputs),
    { parameters },
  );
}

function checked(specs: ParameterSpecs, given: Parameters): Parameters {
  for (const [name, { shape }] of Object.entries(specs)) {
    const actual = given[name]?.shape;
    if (actual?.length === shape.length && shape.every((extent, axis) => extent === actual[axis])) continue;
    throw modelError(
      `parameter "${name}": ${actual ? `it is [${actual.join(', ')}]` : 'missing'}; give one of shape [${shape.join(', ')}]`,
    );
  }
  return given;
}

/** One layer after the other. */
export function sequential(...steps: readonly (Layer | ((x: Tensor) => Tensor))[]): Layer {
  const layers = steps.filter((step) => 'parameters' in step);
  return defineLayer(collect(...layers), (parameters, x) =>
    steps.reduce((value, step) => ('parameters' in step ? step(parameters, value) : step(value)), x),
  );
}

/**
 * The parameters of several layers, as a model declares them.
 * @throws when two layers share a name
 */
export function collect(...layers: readonly { readonly parameters: ParameterSpecs }[]): ParameterSpecs {
  const specs: Record<string, ParameterSpecs[string]> = {};
  for (const { parameters } of layers) {
    for (const [name, spec] of Object.entries(parameters)) {
      if (Object.hasOwn(specs, name)) {
        throw modelError(`parameter "${name}": two layers declare it; give the layers different names`);
      }
      specs[name] = spec;
    }
  }
  return specs;
}
