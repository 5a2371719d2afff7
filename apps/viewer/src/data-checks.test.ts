import type { RolloutsManifest } from '@orrery/dataset';
import { describe, expect, it } from 'vitest';
import { arraySpecs, checkArray, DataError, manifestContradiction } from './data-checks.ts';

const scene = (bodies: number) => ({ bodies: Array.from({ length: bodies }, () => ({})) });
const manifest = {
  context: 4,
  horizon: 6,
  height: 48,
  width: 64,
  predictors: ['model', 'copy-last'],
  tracked: [0, 2],
  rollouts: [{ scene: scene(5) }, { scene: scene(5) }, { scene: scene(5) }],
} as unknown as RolloutsManifest;

it('the arrays and their shapes follow from the manifest', () => {
  const shapes = Object.fromEntries(
    arraySpecs(manifest).map(({ path, shape, dtype }) => [path, [dtype, ...shape]]),
  );
  expect(shapes).toEqual({
    'truth/rgb': ['uint8', 3, 10, 48, 64, 3],
    'truth/position': ['float32', 3, 10, 5, 3],
    'truth/quaternion': ['float32', 3, 10, 5, 4],
    'model/rgb': ['uint8', 3, 10, 48, 64, 3],
    'model/parsed': ['float32', 3, 10, 2, 3],
    'model/psnr': ['float32', 3, 10],
    'model/position_error': ['float32', 3, 10],
    'copy-last/rgb': ['uint8', 3, 10, 48, 64, 3],
    'copy-last/parsed': ['float32', 3, 10, 2, 3],
    'copy-last/psnr': ['float32', 3, 10],
    'copy-last/position_error': ['float32', 3, 10],
  });
});

describe('what the schema cannot see', () => {
  it.each([
    [{ rollouts: [] }, 'it holds no rollouts'],
    [{ rollouts: [{ scene: scene(5) }, { scene: scene(4) }] }, 'rollout 1 has 4 bodies, rollout 0 has 5'],
    [{ tracked: [0, 5] }, 'tracked body 5 does not exist (0 to 4)'],
  ])('%o', (patch, problem) => {
    expect(manifestContradiction({ ...manifest, ...patch } as RolloutsManifest)).toContain(problem);
  });

  it('a sound manifest has no contradiction', () => expect(manifestContradiction(manifest)).toBeUndefined());

  it('an array of another shape or type', () => {
    const spec = { path: 'model/psnr', shape: [3, 10], dtype: 'float32' } as const;
    expect(() => checkArray(spec, { shape: [3, 10], dtype: 'float32' }, '')).not.toThrow();
    expect(() => checkArray(spec, { shape: [3, 9], dtype: 'float32' }, '')).toThrow(
      'array "model/psnr": its shape is [3, 9], the manifest implies [3, 10]',
    );
    expect(() => checkArray(spec, { shape: [3, 10], dtype: 'float64' }, 'do')).toThrow(DataError);
  });
});
