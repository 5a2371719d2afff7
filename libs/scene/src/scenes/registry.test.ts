import { foldIn, key } from '@orrery/random';
import { describe, expect, test } from 'vitest';
import {
  parseScene,
  sceneDefinition,
  scenes,
  shiftConfig,
  trackedBodies,
  type Color,
  type Range,
  type Scene,
} from '../index.ts';
import { PALETTE } from './palette.ts';

const SEEDS = 20;
const samples = (name: string, config: object, variant?: string): Scene[] => {
  const definition = scenes[name]!;
  return Array.from({ length: SEEDS }, (_, i) =>
    definition.sample(foldIn(key(5), i), { ...definition.config.parse({}), ...config }, variant),
  );
};

/** What a scene says of a factor: under its own name, or for each body as "<body>_<factor>". */
const drawn = (scene: Scene, factor: string): number[] =>
  Object.entries(scene.factors).flatMap(([name, value]) =>
    name === factor || name.endsWith(`_${factor}`) ? [value] : [],
  );
const within = ([low, high]: Range, value: number) => value >= low - 1e-6 && value <= high + 1e-6;

describe.each(Object.entries(scenes))('%s', (name, definition) => {
  const defaults = definition.config.parse({}) as unknown as Record<string, Range> & {
    shifts: Record<string, Range>;
  };
  const factors = Object.keys(definition.factors);

  test('is found under its own name, and its defaults make scenes of that name', () => {
    expect(definition.name).toBe(name);
    expect(sceneDefinition(name)).toBe(definition);
    for (const scene of samples(name, {})) {
      expect(scene.name).toBe(name);
      expect(parseScene(scene)).toEqual(scene);
    }
  });

  test('the same key gives the same scene, other keys others', () => {
    const [a, b] = [samples(name, {}), samples(name, {})];
    expect(a).toEqual(b);
    expect(new Set(a.map((scene) => JSON.stringify(scene))).size).toBe(SEEDS);
  });

  test('each factor has a range and a shift that lie apart', () => {
    expect(Object.keys(defaults.shifts).sort()).toEqual([...factors].sort());
    for (const factor of factors) {
      const [low, high] = defaults[factor]!;
      const [shiftLow, shiftHigh] = defaults.shifts[factor]!;
      expect(
        shiftLow > high || shiftHigh < low,
        `${factor}: ${[low, high]} and ${[shiftLow, shiftHigh]}`,
      ).toBe(true);
    }
  });

  test.each([undefined, ...factors])('factors lie in their ranges; shifted: %s', (shifted) => {
    const config = shifted ? shiftConfig(definition, defaults as never, shifted) : defaults;
    for (const scene of samples(name, config))
      for (const factor of factors) {
        const values = drawn(scene, factor);
        expect(values.length, factor).toBeGreaterThan(0);
        const range = (config as unknown as Record<string, Range>)[factor]!;
        for (const value of values) expect(within(range, value), `${factor} ${value} of ${range}`).toBe(true);
      }
  });

  test('each moving body has a hue of its own, in which nothing else is drawn', () => {
    for (const scene of samples(name, {})) {
      const tracked = trackedBodies(scene);
      expect(tracked.length).toBeGreaterThan(0);
      const others = scene.bodies.filter((body, i) => body.visible && !tracked.includes(i));
      for (const color of [...others.flatMap(paints), scene.background])
        expect(saturation(color)).toBeLessThan(0.4);
      const hues = tracked.map((i) => paints(scene.bodies[i]!).map(hue));
      hues.forEach((own, i) => {
        expect(saturation(scene.bodies[tracked[i]!]!.color)).toBeGreaterThan(0.8);
        for (const h of own) expect(apart(h, own[0]!)).toBeLessThan(1);
        for (const other of hues.slice(0, i)) expect(apart(own[0]!, other[0]!)).toBeGreaterThan(25);
      });
    }
  });
});

/** The colours in which a body is drawn. */
const paints = ({ color, pattern }: Scene['bodies'][number]): Color[] =>
  pattern ? [color, pattern.color] : [color];
const saturation = (color: Color) => {
  const high = Math.max(...color);
  return high === 0 ? 0 : (high - Math.min(...color)) / high;
};
const hue = ([r, g, b]: Color) => (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
const apart = (a: number, b: number) => {
  const turn = Math.abs(a - b) % 360;
  return Math.min(turn, 360 - turn);
};

test('the palette: hues are at least 25 degrees apart, in linear light and as drawn in sRGB for the first five', () => {
  const srgb = (color: Color) =>
    color.map((c) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)) as Color;
  PALETTE.forEach(([, a], i) => {
    expect(saturation(srgb(a))).toBeGreaterThan(0.7);
    PALETTE.slice(0, i).forEach(([, b], j) => {
      expect(apart(hue(a), hue(b))).toBeGreaterThan(25);
      if (i < 5 && j < 5) expect(apart(hue(srgb(a)), hue(srgb(b)))).toBeGreaterThan(50);
    });
  });
});

test('an unknown name is answered with the known ones', () => {
  expect(() => sceneDefinition('bonce')).toThrow(
    `scene "bonce": there is no such scene; choose one of: ${Object.keys(scenes).join(', ')}`,
  );
  expect(() => sceneDefinition('toString')).toThrow('there is no such scene');
});
