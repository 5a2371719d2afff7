import { key, normal, uniform } from '@orrery/random';
import { createRenderer, project } from '@orrery/render';
import {
  bounce,
  bounceConfigSchema,
  parseScene,
  sceneDefinition,
  type Scene,
  type Vec3,
} from '@orrery/scene';
import { describe, expect, test, vi } from 'vitest';
import { arenaScene, SIZE } from '../arena.fixture.ts';
import { parsableBodies } from './parsable.ts';
import { createBodyParser, parseBodies } from './parse.ts';

vi.setConfig({ testTimeout: 30_000 }); // pictures by the hundred, on a machine that may be busy

/** Pixels to a metre in "bounce": 64 pixels show 4 m. */
const SCALE = 16;

function picture(scene: Scene, position = scene.bodies.flatMap((body) => body.position)): Uint8Array {
  const quaternion = scene.bodies.flatMap((body) => body.quaternion);
  return createRenderer(scene, SIZE).render({ position, quaternion }).rgb;
}

/** Distance of each ball's parsed position from the true one, in pixels. */
function errors(scene: Scene, rgb: Uint8Array): number[] {
  const { positions } = parseBodies(rgb, scene, SIZE);
  return parsableBodies(scene).map((index, i) => {
    const [x, y, z] = scene.bodies[index].position;
    return SCALE * Math.hypot(positions[3 * i] - x, positions[3 * i + 1] - y, positions[3 * i + 2] - z);
  });
}

function quantile(values: readonly number[], p: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(p * (values.length - 1))];
}

const scenes = Array.from({ length: 30 }, (_, seed) =>
  bounce.sample(key(seed), bounceConfigSchema.parse({ balls: 1 + (seed % 5) })),
);

describe('true frames', () => {
  test('bodies are found to a fiftieth of a pixel, without a lean to the light', () => {
    const all = scenes.flatMap((scene) => errors(scene, picture(scene)));
    expect(all).toHaveLength(90);
    expect(quantile(all, 0.5)).toBeLessThan(0.02);
    expect(quantile(all, 0.95)).toBeLessThan(0.04);
    expect(Math.max(...all)).toBeLessThan(0.08);
    const lean = scenes.flatMap((scene) => {
      const { pixels } = parseBodies(picture(scene), scene, SIZE);
      return parsableBodies(scene).map((index, i) => {
        const [x, , z] = scene.bodies[index].position;
        return [pixels[2 * i] - SCALE * (x + 2), pixels[2 * i + 1] - SCALE * (4 - z)];
      });
    });
    for (const axis of [0, 1])
      expect(Math.abs(lean.reduce((sum, d) => sum + d[axis], 0) / lean.length)).toBeLessThan(0.01);
  });

  test('two balls in contact, in any direction and pair of colours', () => {
    const touching = Array.from({ length: 30 }, (_, i) => {
      const angle = (i / 30) * 2 * Math.PI;
      const scene = bounce.sample(key(i), bounceConfigSchema.parse({ balls: 5 }));
      const [first, second] = [scene.bodies[i % 5], scene.bodies[(i + 1 + (i % 3)) % 5]];
      if (first.shape.kind !== 'sphere' || second.shape.kind !== 'sphere') throw new Error('not balls');
      const gap = first.shape.radius + second.shape.radius;
      const at: Vec3 = [0.1 * Math.sin(i), 0, 2 + 0.1 * Math.cos(3 * i)];
      const bodies = scene.bodies
        .filter((body) => body === first || body === second || body.mass === 0)
        .map((body) => ({
          ...body,
          position:
            body === first
              ? at
              : body === second
                ? ([at[0] + gap * Math.cos(angle), 0, at[2] + gap * Math.sin(angle)] as Vec3)
                : body.position,
        }));
      return { ...scene, bodies };
    });
    const all = touching.flatMap((scene) => errors(scene, picture(scene)));
    expect(quantile(all, 0.5)).toBeLessThan(0.03);
    expect(Math.max(...all)).toBeLessThan(0.15);
  });
});

describe('predicted frames', () => {
  /** Binomial blur [1 2 1] / 4 along both axes, `times` over: standard deviation sqrt(times / 2) pixels. */
  function blur(rgb: Uint8Array, times: number): Uint8Array {
    let image = Float64Array.from(rgb);
    for (let pass = 0; pass < 2 * times; pass++) {
      const step = pass % 2 === 0 ? 3 : 3 * 64;
      image = image.map((value, i) => {
        const place = pass % 2 === 0 ? Math.floor(i / 3) % 64 : Math.floor(i / 192);
        const before = place === 0 ? value : image[i - step];
        const after = place === 63 ? value : image[i + step];
        return (before + 2 * value + after) / 4;
      });
    }
    return Uint8Array.from(image, Math.round);
  }

  test('a blur of 1.4 pixels costs a tenth of a pixel', () => {
    const all = scenes.slice(0, 20).flatMap((scene) => errors(scene, blur(picture(scene), 4)));
    expect(quantile(all, 0.5)).toBeLessThan(0.1);
    expect(quantile(all, 0.95)).toBeLessThan(0.4);
    expect(Math.max(...all)).toBeLessThan(0.8);
  });

  test('noise of 8 grey levels costs a tenth of a pixel', () => {
    const all = scenes.slice(0, 20).flatMap((scene, i) => {
      const noise = normal(key(i), SIZE.width * SIZE.height * 3);
      const noisy = picture(scene).map((v, j) => Math.min(255, Math.max(0, Math.round(v + 8 * noise[j]))));
      return errors(scene, noisy);
    });
    expect(quantile(all, 0.5)).toBeLessThan(0.1);
    expect(Math.max(...all)).toBeLessThan(0.5);
  });

  test('a haze of the ball’s colour is no ball', () => {
    const scene = scenes[0];
    const { background } = createBodyParser(scene, SIZE);
    const haze = picture(scene).map((v, i) => Math.round(0.1 * v + 0.9 * background[i]));
    expect(parseBodies(haze, scene, SIZE).evidence[0]).toBe(0);
  });

  test('a ball half faded into the wall is found', () => {
    const all = scenes.slice(0, 20).flatMap((scene) => {
      const { background } = createBodyParser(scene, SIZE);
      return errors(
        scene,
        picture(scene).map((v, i) => Math.round((v + background[i]) / 2)),
      );
    });
    expect(quantile(all, 0.5)).toBeLessThan(0.15);
    expect(Math.max(...all)).toBeLessThan(0.6);
  });
});

describe('what is not there', () => {
  test('is lost, the others are found', () => {
    const scene = arenaScene(4, 3);
    const bodies = scene.bodies.map((body, i) => (i === 1 ? { ...body, visible: false } : body));
    const { positions, pixels, evidence } = parseBodies(picture({ ...scene, bodies }), scene, SIZE);
    expect([...positions].map(Number.isNaN)).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0].map(Boolean));
    expect([...pixels].map(Number.isNaN)).toEqual([0, 0, 1, 1, 0, 0].map(Boolean));
    expect(evidence[0]).toBeGreaterThan(0.9);
    expect(evidence[0]).toBeLessThanOrEqual(1.05);
    expect(evidence[1]).toBe(0);
  });

  test('nothing is found in an empty scene, in noise, in black and in white', () => {
    const scene = arenaScene(1, 5);
    const parser = createBodyParser(scene, SIZE);
    const noise = uniform(key(5), parser.background.length, 0, 256);
    const frames = [
      parser.background,
      new Uint8Array(parser.background.length),
      new Uint8Array(parser.background.length).fill(255),
    ];
    for (const frame of frames) expect(parser.parse(frame).evidence).toEqual(new Float64Array(5));
    expect(() => parser.parse(Uint8Array.from(noise))).not.toThrow();
    expect(() => parser.parse(new Uint8Array(3))).toThrow('3 values are not [64, 64, 3]');
  });

  test('bodies without a colour of their own are not followed', () => {
    const scene = arenaScene(1, 3);
    const repaint = (color: Vec3) => ({
      ...scene,
      bodies: scene.bodies.map((body, i) => (i === 1 ? { ...body, color } : body)),
    });
    expect(parsableBodies(scene)).toEqual([0, 1, 2]);
    expect(parsableBodies(repaint([0.6, 0.6, 0.6]))).toEqual([0, 2]);
    expect(parsableBodies(repaint([0.8, 0.1, 0.02]))).toEqual([2]); // as red as the first
  });
});

describe('patterns', () => {
  /** Distance in pixels of each body with a pattern from where its centre is seen, the bodies turned at random. */
  function patternErrors(name: string, seed: number): number[] {
    const { config, sample } = sceneDefinition(name);
    const scene = sample(key(seed), config.parse({}));
    const turns = normal(key(seed), 4 * scene.bodies.length);
    const quaternion = scene.bodies.flatMap((body, i) => {
      if (body.shape.kind !== 'sphere') return body.quaternion;
      const turn = turns.subarray(4 * i, 4 * i + 4);
      return [...turn].map((c) => c / Math.hypot(...turn));
    });
    const position = scene.bodies.flatMap((body) => body.position);
    const { rgb } = createRenderer(scene, SIZE).render({ position, quaternion });
    const { pixels } = parseBodies(rgb, scene, SIZE);
    return parsableBodies(scene).flatMap((index, i) => {
      if (!scene.bodies[index].pattern) return [];
      const { x, y } = project(scene.camera, SIZE.width, SIZE.height, scene.bodies[index].position);
      return [Math.hypot(pixels[2 * i] - x, pixels[2 * i + 1] - y)];
    });
  }

  test.each(['billiards', 'push', 'game'])('light and dark of one hue are one body: %s', (name) => {
    const all = Array.from({ length: 12 }, (_, seed) => patternErrors(name, seed)).flat();
    expect(all.length).toBeGreaterThanOrEqual(12);
    expect(quantile(all, 0.5)).toBeLessThan(0.1);
    expect(Math.max(...all)).toBeLessThan(0.2);
  });

  test('a pattern of a second hue is not followed', () => {
    const scene = arenaScene(1, 3);
    const painted = (color: Vec3) => ({
      ...scene,
      bodies: scene.bodies.map((body, i) =>
        i === 1 ? { ...body, pattern: { kind: 'checker' as const, color, size: 0.2 } } : body,
      ),
    });
    const [r, g, b] = scene.bodies[1].color;
    expect(parsableBodies(painted([0.35 * r, 0.35 * g, 0.35 * b]))).toEqual([0, 1, 2]);
    expect(parsableBodies(painted([0.8, 0.6, 0.02]))).toEqual([0, 2]); // yellow on green
    expect(parsableBodies(painted([0.6, 0.6, 0.6]))).toEqual([0, 2]); // grey has no hue
  });
});

describe('perspective', () => {
  const radius = 0.4;
  const at = (position: Vec3): Scene =>
    parseScene({
      name: 'perspective',
      bodies: [
        {
          name: 'ball',
          shape: { kind: 'sphere', radius },
          mass: 1,
          material: { restitution: 1, friction: 0 },
          color: [0.05, 0.05, 0.9],
          position,
          linearFactor: [1, 1, 0],
        },
        {
          name: 'table',
          shape: { kind: 'plane' },
          mass: 0,
          material: { restitution: 1, friction: 0 },
          color: [0.5, 0.5, 0.5],
        },
      ],
      gravity: [0, 0, -9.81],
      camera: { kind: 'perspective', position: [0, -4, 4], target: [0, 0, 0], fieldOfView: 50 },
      light: { direction: [0.3, 0.4, -1], intensity: 0.7, ambient: 0.3 },
      background: [0.1, 0.1, 0.1],
      dt: 0.05,
      substeps: 1,
    });

  test('a ball on a table is placed on its plane of motion, at the picture’s rim as in its middle', () => {
    for (const x of [-1.5, -0.7, 0, 0.7, 1.5])
      for (const y of [-0.8, 0, 1.2]) {
        const scene = at([x, y, radius]);
        const { positions } = parseBodies(picture(scene), scene, SIZE);
        expect(positions[2]).toBeCloseTo(radius, 9);
        expect(Math.hypot(positions[0] - x, positions[1] - y)).toBeLessThan(0.015);
      }
  });
});
