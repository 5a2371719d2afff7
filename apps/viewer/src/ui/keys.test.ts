import { expect, it, vi } from 'vitest';
import { emptyModel, type Actions } from '../model.ts';
import { findKey, keys } from './keys.ts';

const event = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: null,
  ...more,
});

it('no two keys are the same', () => {
  const all = keys.flatMap((key) => key.keys);
  expect(new Set(all).size).toBe(all.length);
});

it.each([
  ['d', { layout: 'difference' }],
  ['W', { layout: 'wipe' }],
  ['o', { layout: 'overlay' }],
  ['s', { layout: 'side' }],
  ['2', { view: 'corner' }],
  ['f', { follow: true }],
  ['t', { trails: false }],
])('%s', (key, patch) => {
  const change = vi.fn();
  findKey(event(key))!.act({ change } as unknown as Actions, emptyModel, { shiftKey: false });
  expect(change).toHaveBeenCalledWith(patch);
});

it('Shift makes steps of ten', () => {
  const step = vi.fn();
  findKey(event('ArrowLeft'))!.act({ step } as unknown as Actions, emptyModel, { shiftKey: true });
  expect(step).toHaveBeenCalledWith(-10);
});

it('leaves the browser’s own keys and those of the focused element alone', () => {
  expect(findKey(event('s', { ctrlKey: true }))).toBeUndefined();
  expect(findKey(event('ArrowLeft', { altKey: true }))).toBeUndefined();
  expect(findKey(event('d', { target: { tagName: 'SELECT' } }))).toBeUndefined();
  expect(findKey(event(' ', { target: { tagName: 'BUTTON' } }))).toBeUndefined();
  expect(findKey(event('d', { target: { tagName: 'BUTTON' } }))?.label).toBe('D');
  expect(findKey(event(' ', { target: { tagName: 'INPUT', type: 'range' } }))?.label).toBe('Space');
  expect(findKey(event('x'))).toBeUndefined();
});
