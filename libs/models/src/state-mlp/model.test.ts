import { describe } from 'vitest';
import { stateMlp } from '../index.ts';
import { computed, testAgainst, world, type Reference } from '../states/reference.fixture.ts';
import found from './reference.json' with { type: 'json' };

const reference = found as unknown as Reference;

describe('what PyTorch computes, see reference.py', () => {
  const model = stateMlp.build(stateMlp.config.parse(reference.config), world);
  const ours = computed(model, 3);
  testAgainst(reference, model, ours);
});
