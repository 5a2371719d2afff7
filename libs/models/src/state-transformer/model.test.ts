import { describe } from 'vitest';
import { stateTransformer } from '../index.ts';
import { computed, testAgainst, world, type Reference } from '../states/reference.fixture.ts';
import found from './reference.json' with { type: 'json' };

const reference = found as unknown as Reference;

describe('what PyTorch computes, see reference.py', () => {
  const model = stateTransformer.build(stateTransformer.config.parse(reference.config), world);
  const ours = computed(model, 2);
  testAgainst(reference, model, ours);
});
