/** What a model learns: named arrays with their shapes and how they start. */
import { foldIn, type Key } from '@orrery/random';
import { size, type Shape, type Tensor } from '@orrery/graph';
import type { Initialiser } from './initialisers.ts';

export interface ParameterSpec {
  readonly shape: Shape;
  readonly initialiser: Initialiser;
  /** false for a statistic, which the model itself carries on: no gradient reaches it, no optimizer moves it. */
  readonly learned?: boolean;
}

/** Specs by dotted path: "blocks.0.first.kernel". */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;
/** The tensors that stand for parameters in a graph, by the same paths. */
export type Parameters = Readonly<Record<string, Tensor>>;

/**
 * The first value of each parameter. Each draws from a key of its own, derived from its name: what one starts with
 * does not change when others come or go.
 */
export function initialise(specs: ParameterSpecs, key: Key): Record<string, Float32Array<ArrayBuffer>> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, initialiser }]) => {
      const values = Float32Array.from(initialiser(foldIn(key, hash(name)), shape));
      if (values.length === size(shape)) return [name, values];
      throw new Error(
        `parameter "${name}": its initialiser gave ${values.length} values for [${shape.join(', ')}]; give ${size(shape)}`,
      );
    }),
  );
}

/** Number of values to learn. */
export function parameterCount(specs: ParameterSpecs): number {
  return learnedNames(specs).reduce((sum, name) => sum + size(specs[name].shape), 0);
}

/** The parameters that an optimizer moves: all but statistics. */
export function learnedNames(specs: ParameterSpecs): string[] {
  return Object.keys(specs).filter((name) => specs[name].learned !== false);
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
