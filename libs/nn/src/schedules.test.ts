import { describe, expect, test } from 'vitest';
import { schedule } from './index.ts';
import { reference } from './reference.fixture.ts';

const common = { peak: 2, steps: 40 };
const ours = {
  cosine: schedule('cosine', { ...common, warmup: 8, final: 0.1 }),
  'cosine, no warm-up': schedule('cosine', common),
  wsd: schedule('wsd', { ...common, warmup: 8, final: 0.1, decay: 0.25 }),
  constant: schedule('constant', { ...common, warmup: 8 }),
};

describe('each step of Optax', () => {
  test.each(Object.entries(ours))('%s', (name, rate) => {
    reference.schedules[name].forEach((value, step) => expect(rate(step)).toBeCloseTo(value, 6));
  });

  test('every schedule that was computed elsewhere is compared, and no other', () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(reference.schedules).sort());
  });
});

describe('schedules', () => {
  test('optax.warmup_cosine_decay_schedule(0, 2, 10, 100, 0.2)', () => {
    const rate = schedule('cosine', { peak: 2, steps: 100, warmup: 10, final: 0.1 });
    const expected = {
      1: 0.2,
      5: 1,
      10: 2,
      11: 1.9994517565,
      40: 1.5499999523,
      55: 1.0999999046,
      99: 0.2005482465,
      100: 0.2,
    };
    for (const [step, value] of Object.entries(expected)) expect(rate(Number(step))).toBeCloseTo(value, 6);
  });

  test('wsd: warm-up, stable, then a straight fall over the last part', () => {
    const rate = schedule('wsd', { peak: 1, steps: 100, warmup: 10, decay: 0.2 });
    expect([5, 10, 50, 80].map(rate)).toEqual([0.5, 1, 1, 1]);
    expect(rate(90)).toBeCloseTo(0.5, 12);
    expect(rate(100)).toBeCloseTo(0, 12);
  });

  test('constant', () => {
    const rate = schedule('constant', { peak: 3, steps: 10, warmup: 2, final: 0.5 });
    expect([1, 2, 3, 10].map(rate)).toEqual([1.5, 3, 3, 3]);
  });

  test('beyond the last step the rate stays', () => {
    for (const name of ['cosine', 'wsd'] as const) {
      expect(schedule(name, { peak: 1, steps: 10, final: 0.25 })(12)).toBeCloseTo(0.25, 12);
    }
  });

  test('a warm-up longer than the training is refused', () => {
    expect(() => schedule('cosine', { peak: 1, steps: 10, warmup: 11 })).toThrow(
      '11 warm-up steps do not fit into 10',
    );
  });
});
