import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { nearest, UsageError } from './errors.ts';
import { readSettings } from './settings.ts';

const schema = z.strictObject({
  model: z
    .strictObject({ width: z.int().positive().default(32), norm: z.string().default('none') })
    .prefault({}),
  steps: z.int().positive().default(100),
  range: z.tuple([z.number(), z.number()]).default([0, 1]),
  policy: z.enum(['scripted', 'random']).optional(),
});

describe('settings', () => {
  test('defaults, then the file, then --set', async () => {
    const config = join(await mkdtemp(join(tmpdir(), 'orrery-settings-')), 'config.yaml');
    await writeFile(config, 'model:\n  width: 64\nsteps: 7\n');
    const settings = await readSettings(schema, { config, set: ['steps=9', 'model.norm=group'] });
    expect(settings).toEqual({ model: { width: 64, norm: 'group' }, steps: 9, range: [0, 1] });
  });

  test('a wrong type names the setting', async () => {
    await expect(readSettings(schema, { set: ['model.width=wide'] })).rejects.toThrow(
      'model.width "wide": give a number',
    );
    await expect(readSettings(schema, { set: ['model.width=wide'] })).rejects.toBeInstanceOf(UsageError);
  });

  test.each([
    ['steps=0', 'steps 0: give more than 0'],
    ['steps=1.5', 'steps 1.5: give an integer'],
    ['steps=NaN', 'steps "NaN": give a number'],
    ['range=3', 'range 3: give a list, such as [low, high] for a range'],
    ['range=[0,"a"]', 'range.1 "a": give a number'],
    ['policy=clever', 'policy "clever": choose "scripted" or "random"'],
  ])('--set %s is refused with the value and the remedy', async (set, message) => {
    await expect(readSettings(schema, { set: [set] })).rejects.toThrow(new UsageError(message));
  });

  test('not a number in a file is named', async () => {
    const config = join(await mkdtemp(join(tmpdir(), 'orrery-settings-')), 'config.yaml');
    await writeFile(config, 'steps: .nan\n');
    await expect(readSettings(schema, { config })).rejects.toThrow('steps NaN: give a number');
  });

  test('an unknown setting is named with what was meant', async () => {
    await expect(readSettings(schema, { set: ['model.widht=3'] })).rejects.toThrow(
      'unknown setting "model.widht"; did you mean "model.width"?',
    );
    await expect(readSettings(schema, { set: ['colour=3'] })).rejects.toThrow(
      'unknown setting "colour"; the settings here are model, steps, range, policy',
    );
  });

  test.each(['steps', '=3', '__proto__.polluted=1', 'model..width=1'])('--set %s is refused', async (set) => {
    await expect(readSettings(schema, { set: [set] })).rejects.toBeInstanceOf(UsageError);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('a missing and a broken config file are named', async () => {
    await expect(readSettings(schema, { config: '/nowhere/c.yaml' })).rejects.toThrow(
      'cannot read config file /nowhere/c.yaml: no such file or folder',
    );
    const config = join(await mkdtemp(join(tmpdir(), 'orrery-settings-')), 'config.yaml');
    await writeFile(config, 'a: [1,');
    await expect(readSettings(schema, { config })).rejects.toThrow(
      `config file ${config} is neither YAML nor JSON`,
    );
  });
});

test('the nearest name', () => {
  expect(nearest('bouce', ['bounce', 'stack'])).toBe('bounce');
  expect(nearest('zebra', ['bounce', 'stack'])).toBeUndefined();
});
