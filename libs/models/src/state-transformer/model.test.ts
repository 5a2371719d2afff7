import { describe, expect, test } from 'vitest';
import { stateTransformer } from '../index.ts';
import { computed, world, type Reference } from '../states/reference.fixture.ts';
import found from './reference.json' with { type: 'json' };

const reference = found as unknown as Reference;

describe('what PyTorch computes, see reference.py', () => {
  const model = stateTransformer.build(stateTransformer.config.parse(reference.config), world);
  const ours = computed(model, 2);

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
});
