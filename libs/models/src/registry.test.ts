import { describe, expect, test } from 'vitest';
import { families, family } from './index.ts';

describe('the registry', () => {
  test.each(Object.entries(families))(
    '%s: its name, a description, and a configuration of defaults',
    (name, found) => {
      expect(found.name).toBe(name);
      expect(found.description.length).toBeGreaterThan(10);
      expect(found.config.parse({})).toEqual(found.config.parse(found.config.parse({})));
      expect(family(name)).toBe(found);
    },
  );

  test('an unknown family is refused, with the known ones', () => {
    for (const name of ['residual_conv', 'toString'])
      expect(() => family(name)).toThrow(
        `model family "${name}": there is none of that name; choose one of: residual-conv, diffusion-forcing, state-mlp, state-transformer, gns`,
      );
  });
});
