import { describe } from 'vitest';
import { gns } from '../index.ts';
import { computed, testAgainst, wave, world, type Reference } from '../states/reference.fixture.ts';
import found from './reference.json' with { type: 'json' };

const reference = found as unknown as Reference;

describe('what PyTorch computes, see reference.py', () => {
  const model = gns.build(gns.config.parse(reference.config), world);
  const ours = computed(model, 2, {
    walk: wave([2, 2, 3, 3], 50),
    spin: wave([2, 3, 3], 51),
  });
  testAgainst(reference, model, ours);
});
