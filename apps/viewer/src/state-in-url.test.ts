import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speeds } from './clock.ts';
import { readLink, resolveLink, resolveRun, writeLink } from './state-in-url.ts';
import { layouts, viewpoints } from './view.ts';

const available = { rollouts: 16, frames: 20, predictors: ['model', 'copy-last'] };

describe('a link', () => {
  it('reads as it is written by hand', () => {
    expect(readLink('#run=bounce-1&rollout=3&frame=12&predictor=model&layout=wipe')).toEqual({
      link: { run: 'bounce-1', rollout: 3, frame: 12, predictor: 'model', layout: 'wipe' },
      notices: [],
    });
    expect(readLink('')).toEqual({ link: {}, notices: [] });
    expect(readLink('#')).toEqual({ link: {}, notices: [] });
  });

  it('survives being written and read, whatever the run is called', () => {
    const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const links = fc.record({
      run: option(fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())),
      rollout: option(fc.nat(999_999_999)),
      frame: option(fc.nat(999)),
      predictor: option(fc.string()),
      layout: option(fc.constantFrom(...layouts)),
      view: option(fc.constantFrom(...viewpoints)),
      speed: option(fc.constantFrom(...speeds)),
    });
    fc.assert(
      fc.property(links, (link) => {
        expect(readLink(writeLink(link))).toEqual({ link, notices: [] });
      }),
      { seed: 1 },
    );
  });

  it('names what it cannot use and keeps the rest', () => {
    const { link, notices } = readLink('#rollout=-1&frame=1e3&layout=sideways&speed=3&colour=red&run=a');
    expect(link).toEqual({ run: 'a' });
    expect(notices).toEqual([
      'unknown field "colour"',
      'rollout "-1" is no index',
      'frame "1e3" is no index',
      'layout "sideways" is none of side, wipe, overlay, difference',
      'speed "3" is none of 0.1, 0.25, 0.5, 1, 2, 4',
    ]);
  });

  it('is held to what the run has', () => {
    const good = { run: 'a', rollout: 15, frame: 19, predictor: 'copy-last' };
    expect(resolveLink(good, available)).toEqual({ link: good, notices: [] });
    expect(resolveLink({ rollout: 16, frame: 20, predictor: 'oracle', layout: 'wipe' }, available)).toEqual({
      link: { layout: 'wipe' },
      notices: [
        'rollout 16 does not exist (0 to 15)',
        'frame 20 does not exist (0 to 19)',
        'predictor "oracle" is none of model, copy-last',
      ],
    });
  });

  it('to a run that is gone shows the newest one and says so', () => {
    expect(resolveRun({ run: 'b' }, ['a', 'b'])).toEqual({ run: 'b', notices: [] });
    expect(resolveRun({}, ['a', 'b'])).toEqual({ run: 'a', notices: [] });
    expect(resolveRun({ run: 'c' }, ['a', 'b'])).toEqual({
      run: 'a',
      notices: ['run "c" does not exist or has no rollouts'],
    });
    expect(resolveRun({}, [])).toEqual({ run: undefined, notices: [] });
  });
});
