import type { Scene, Vec3 } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { createFrame, createRenderer, decodeSrgb, encodeSrgb, project, type Frame } from './index.ts';
import {
  arena,
  balls,
  box,
  capsules,
  CORNER,
  FACING,
  indexOf,
  makeScene,
  plane,
  posesOf,
  room,
  sphere,
} from './scenes.fixture.ts';

const SIZE = { width: 64, height: 64 };
const draw = (scene: Scene, poses = posesOf(scene), size = SIZE) => createRenderer(scene, size).render(poses);
/** Index of the pixel in a column and row. */
const at = (column: number, row: number, { width } = SIZE as { width: number }) => row * width + column;
const light = (frame: Frame, pixel: number, channel = 0) => decodeSrgb(frame.rgb[3 * pixel + channel] / 255);
const count = (frame: Frame, body: number) =>
  frame.segmentation.reduce((sum, id) => sum + Number(id === body + 1), 0);

/** Reproducible numbers from 0 to 1: additive recurrence of the golden ratio's kin (Roberts 2018). */
const sequence = (index: number, dimension: number) =>
  (0.5 + index * [0.7548776662466927, 0.5698402909980532][dimension]) % 1;

describe('a ball before a black background, white in even light', () => {
  const even = { direction: [0, 1, 0] as Vec3, intensity: 0, ambient: 1 };
  const scene = makeScene([sphere('ball', 0.4, [0, 0, 2], { color: [1, 1, 1] })], {
    light: even,
    background: [0, 0, 0],
  });
  /** The share of each pixel that the ball covers: its linear light. */
  const coverage = (position: Vec3, size = SIZE, of = scene) => {
    const frame = draw(of, posesOf(of, { ball: { position } }), size);
    return Float64Array.from({ length: size.width * size.height }, (_, p) => light(frame, p, 1));
  };
  const moment = (shares: Float64Array, width: number) => {
    let [area, x, y] = [0, 0, 0];
    shares.forEach((share, p) => {
      area += share;
      x += share * ((p % width) + 0.5);
      y += share * (Math.floor(p / width) + 0.5);
    });
    return { area, x: x / area, y: y / area };
  };

  test('covers pi r²: to 0.2 % in colour, to 1 % in segmentation over many places', () => {
    const area = Math.PI * (0.4 * 16) ** 2;
    let segmented = 0;
    for (let i = 0; i < 50; i++) {
      const position: Vec3 = [sequence(i, 0) * 2 - 1, 0, 1 + 2 * sequence(i, 1)];
      expect(Math.abs(moment(coverage(position), 64).area / area - 1)).toBeLessThan(0.002);
      segmented += count(draw(scene, posesOf(scene, { ball: { position } })), 0);
    }
    // How many pixel centres lie in a disc depends on its place; the mean is the area.
    expect(Math.abs(segmented / 50 / area - 1)).toBeLessThan(0.01);
  });

  test('its centroid is its projection to 0.004 pixels, wherever it is', () => {
    for (let i = 0; i < 100; i++) {
      const position: Vec3 = [sequence(i, 0) * 2 - 1, 0, 1 + 2 * sequence(i, 1)];
      const centre = project(scene.camera, 64, 64, position);
      const found = moment(coverage(position), 64);
      expect(Math.hypot(found.x - centre.x, found.y - centre.y)).toBeLessThan(0.004);
    }
  });

  test('a hundredth of a pixel can be seen', () => {
    const before = moment(coverage([0.111, 0, 2.222]), 64);
    const after = moment(coverage([0.111 + 0.01 / 16, 0, 2.222]), 64);
    expect(after.x - before.x).toBeCloseTo(0.01, 2);
    expect(Math.abs(after.x - before.x - 0.01)).toBeLessThan(0.004);
  });

  test('a ball smaller than a pixel still gives its light', () => {
    const tiny = makeScene([sphere('ball', 0.02, [0, 0, 2], { color: [1, 1, 1] })], {
      light: even,
      background: [0, 0, 0],
    });
    let area = 0;
    for (let i = 0; i < 40; i++)
      area += moment(coverage([sequence(i, 0), 0, 1 + sequence(i, 1)], SIZE, tiny), 64).area;
    expect(area / 40 / (Math.PI * 0.32 ** 2)).toBeCloseTo(1, 1);
  });

  test('half outside the picture, it covers half its area', () => {
    for (const position of [
      [-2, 0, 2],
      [2, 0, 2],
      [0, 0, 0],
      [0, 0, 4],
    ] as Vec3[]) {
      expect(moment(coverage(position), 64).area / ((Math.PI * 6.4 ** 2) / 2)).toBeCloseTo(1, 2);
    }
  });

  test('in perspective its outline is the ellipse of the tangent cone', () => {
    // The cone of half angle alpha (sin alpha = r / distance) around a direction at angle theta to the axis cuts the
    // plane at depth 1 in an ellipse with semi-axes sin(2 alpha) / 2 / (cos² theta - sin² alpha) and
    // sin(alpha) / sqrt(cos² theta - sin² alpha).
    const scene = makeScene([sphere('ball', 0.4, [0, 0, 2], { color: [1, 1, 1] })], {
      ...{ light: even, background: [0, 0, 0] },
      camera: { ...CORNER, position: [0, -3, 2], target: [0, 0, 2], fieldOfView: 60 },
    });
    const position: Vec3 = [0.9, 0, 2.4];
    const distance2 = 0.9 ** 2 + 3 ** 2 + 0.4 ** 2;
    const sin2 = 0.4 ** 2 / distance2;
    const cos2 = 3 ** 2 / distance2;
    const focal = 32 / Math.tan(Math.PI / 6);
    const area = (Math.PI * Math.sqrt(sin2 * (1 - sin2)) * Math.sqrt(sin2)) / (cos2 - sin2) ** 1.5;
    expect(
      Math.abs(moment(coverage(position, SIZE, scene), 64).area / (area * focal * focal) - 1),
    ).toBeLessThan(0.002);
  });
});

describe('depth', () => {
  test('of a sphere, a plane and a box, orthographic', () => {
    const scene = makeScene([
      sphere('ball', 0.5, [0, 0, 2]),
      box('crate', [0.25, 0.4, 0.25], [1.25, 0, 1]),
      plane('back', [0, 0.6, 2], { quaternion: FACING }),
    ]);
    const { depth } = draw(scene);
    // The camera is at y = -5; pixel (34, 30) sees x = 2.5 / 16, z = 2 + 1.5 / 16.
    expect(depth[at(34, 30)]).toBe(Math.fround(5 - Math.sqrt(0.25 - (2.5 / 16) ** 2 - (1.5 / 16) ** 2)));
    expect(depth[at(5, 5)]).toBe(Math.fround(5.6));
    expect(depth[at(52, 48)]).toBeCloseTo(4.6, 6);
  });

  test('along the viewing direction, not along the ray, in perspective', () => {
    const scene = makeScene([plane('back', [0, 0.6, 2], { quaternion: FACING })], {
      camera: { ...CORNER, position: [0, -5, 2], target: [0, 0, 2] },
    });
    for (const depth of draw(scene).depth) expect(depth).toBeCloseTo(5.6, 6);
  });

  test('of a floor in perspective grows like height over slope', () => {
    const camera = { ...CORNER, position: [0, 0, 1.5] as Vec3, target: [0, 1, 1.5] as Vec3, fieldOfView: 90 };
    const { depth, segmentation } = draw(makeScene([plane('floor', [0, 0, 0])], { camera }));
    for (const row of [33, 40, 63]) expect(depth[at(20, row)]).toBeCloseTo((1.5 * 32) / (row + 0.5 - 32), 4);
    expect(depth[at(20, 31)]).toBe(Infinity);
    expect([segmentation[at(20, 31)], segmentation[at(20, 32)]]).toEqual([0, 1]);
  });

  test('what lies behind the camera is not seen', () => {
    const { depth, segmentation } = draw(makeScene([sphere('behind', 1, [0, -8, 2])]));
    expect(new Set(depth)).toEqual(new Set([Infinity]));
    expect(new Set(segmentation)).toEqual(new Set([0]));
  });
});

test('segmentation names the nearest visible body', () => {
  const scene = makeScene([
    sphere('far', 0.6, [0, 0, 2]),
    sphere('near', 0.3, [0, -1, 2]),
    sphere('hidden', 0.9, [0, -2, 2], { visible: false }),
  ]);
  const { segmentation } = draw(scene);
  expect([segmentation[at(32, 32)], segmentation[at(39, 32)], segmentation[at(45, 32)]]).toEqual([2, 1, 0]);
});

describe('light', () => {
  test("follows Lambert's law on a sphere", () => {
    // Light straight from the camera: at distance s from the centre of a ball of radius r the cosine is sqrt(1 - s²/r²).
    const scene = makeScene([sphere('ball', 1.5, [0, 0, 2], { color: [1, 0.5, 0.25] })], {
      light: { direction: [0, 2, 0], intensity: 0.7, ambient: 0.2 },
    });
    const frame = draw(scene);
    for (const [column, row] of [
      [32, 32],
      [40, 30],
      [20, 20],
      [31, 50],
    ]) {
      const s2 = ((column + 0.5 - 32) / 16) ** 2 + ((row + 0.5 - 32) / 16) ** 2;
      const strength = 0.2 + 0.7 * Math.sqrt(1 - s2 / 1.5 ** 2);
      const expected = [1, 0.5, 0.25].map((color) => encodeSrgb(color * strength));
      expect([...frame.rgb.subarray(3 * at(column, row), 3 * at(column, row) + 3)]).toEqual(expected);
    }
  });

  test('leaves the far side in ambient light', () => {
    const scene = makeScene([sphere('ball', 1, [0, 0, 2])], {
      light: { direction: [0, -1, 0], intensity: 5, ambient: 0.4 },
    });
    expect(draw(scene).rgb[3 * at(32, 32)]).toBe(encodeSrgb(0.8 * 0.4));
  });

  test('clips what is brighter than white', () => {
    const scene = makeScene([sphere('ball', 1, [0, 0, 2], { color: [1, 1, 1] })], {
      light: { direction: [0, 1, 0], intensity: 5, ambient: 0.4 },
    });
    expect(draw(scene).rgb[3 * at(32, 32)]).toBe(255);
  });
});

describe('shadows', () => {
  const direction: Vec3 = [0.35, 1, -0.55];
  const scene = (shadows: boolean) =>
    makeScene(
      [
        sphere('ball', 0.3, [-0.9, 0, 3.2]),
        plane('back', [0, 3, 2], { quaternion: FACING, color: [1, 1, 1] }),
      ],
      { light: { direction, intensity: 0.7, ambient: 0.3, shadows } },
    );

  test('lie where the light leads, with the area of the ball over the cosine', () => {
    const frame = draw(scene(true));
    const bright = light(draw(scene(false)), at(2, 2));
    const dark = 0.3;
    let [area, x, y] = [0, 0, 0];
    for (let p = 0; p < 64 * 64; p++) {
      // Clear of the ball: its shadow is 1.05 m further right.
      if (p % 64 < 26) continue;
      const share = (bright - light(frame, p)) / (bright - dark);
      area += share;
      x += share * ((p % 64) + 0.5);
      y += share * (Math.floor(p / 64) + 0.5);
    }
    // From the ball's centre along the light to y = 3 m.
    const expected = project(scene(true).camera, 64, 64, [-0.9 + 3 * 0.35, 3, 3.2 - 3 * 0.55]);
    expect(Math.hypot(x / area - expected.x, y / area - expected.y)).toBeLessThan(0.02);
    const cosine = 1 / Math.hypot(...direction);
    expect(area / ((Math.PI * (0.3 * 16) ** 2) / cosine)).toBeCloseTo(1, 2);
  });

  test('can be turned off', () => {
    const frame = draw(scene(false));
    expect(new Set(frame.rgb.filter((_, i) => Math.floor(i / 3) % 64 >= 26)).size).toBe(1);
  });

  test('invisible bodies cast none', () => {
    const glass = makeScene(
      [
        sphere('glass', 0.3, [0, 0, 2], { visible: false }),
        box('pane', [1, 0.1, 1], [0, -1, 2], { visible: false }),
        plane('back', [0, 1.5, 2], { quaternion: FACING }),
      ],
      { light: { direction, intensity: 0.7, ambient: 0.3 } },
    );
    expect(new Set(draw(glass).rgb).size).toBe(1);
  });

  test('fall on spheres and boxes, too', () => {
    const over = (withBall: boolean) =>
      makeScene(
        [
          sphere('ball', 0.3, [0, -1, 2], { visible: withBall }),
          sphere('receiver', 0.4, [1, 0.5, 2]),
          box('crate', [0.4, 0.2, 0.4], [1, 1.5, 3.2]),
        ],
        // Straight to the receiver's centre.
        { light: { direction: [1, 1.5, 0], intensity: 0.7, ambient: 0.3 } },
      );
    const [with_, without] = [draw(over(true)), draw(over(false))];
    const point = project(over(true).camera, 64, 64, [1 - 0.2, 0.5, 2]);
    const pixel = at(Math.floor(point.x), Math.floor(point.y));
    expect(with_.rgb[3 * pixel]).toBe(encodeSrgb(0.8 * 0.3));
    expect(without.rgb[3 * pixel]).toBeGreaterThan(with_.rgb[3 * pixel] + 20);
    expect(with_.rgb[3 * at(48, 10) + 2]).toBe(without.rgb[3 * at(48, 10) + 2]);
  });
});

describe('patterns', () => {
  const bright = { light: { direction: [0, 1, 0] as Vec3, intensity: 0, ambient: 1 } };
  const pattern = { kind: 'checker' as const, color: [1, 1, 1] as Vec3, size: 0.5 };

  test('a plane alternates every `size` metres of its own coordinates', () => {
    const wall = plane('wall', [0.25, 0, 2], { quaternion: FACING, color: [0, 0, 0], pattern });
    const { rgb } = draw(makeScene([wall], bright));
    for (const [column, row] of [
      [5, 5],
      [9, 5],
      [13, 5],
      [5, 13],
      [40, 33],
      [62, 60],
    ]) {
      const x = (column + 0.5 - 32) / 16 - 0.25;
      const y = (32 - row - 0.5) / 16;
      const odd = (Math.floor(x / 0.5) + Math.floor(y / 0.5)) & 1;
      expect(rgb[3 * at(column, row)]).toBe(odd ? 255 : 0);
    }
  });

  test("a sphere's octants turn with it", () => {
    const scene = makeScene([sphere('ball', 1, [0, 0, 2], { color: [0, 0, 0], pattern })], bright);
    const still = draw(scene);
    // Seen along +y: y < 0 everywhere, so the colours swap between the quadrants of x and z.
    const quadrants = [at(38, 26), at(26, 26), at(26, 38), at(38, 38)];
    expect(quadrants.map((p) => still.rgb[3 * p])).toEqual([255, 0, 255, 0]);
    const quarter = draw(scene, posesOf(scene, { ball: { quaternion: [0, Math.SQRT1_2, 0, Math.SQRT1_2] } }));
    expect(quadrants.map((p) => quarter.rgb[3 * p])).toEqual([0, 255, 0, 255]);
    const eighth = draw(
      scene,
      posesOf(scene, { ball: { quaternion: [0, 0.3826834323650898, 0, 0.9238795325112867] } }),
    );
    expect([at(32, 20), at(44, 32), at(32, 44), at(20, 32)].map((p) => eighth.rgb[3 * p])).toEqual([
      0, 255, 0, 255,
    ]);
  });

  test("a box's squares lie on its faces", () => {
    const crate = box('crate', [1, 0.3, 1], [0, 0, 2], { color: [0, 0, 0], pattern });
    const { rgb } = draw(makeScene([crate], bright));
    const face = rgb[3 * at(34, 30)];
    expect(rgb[3 * at(42, 30)]).toBe(255 - face);
    expect(rgb[3 * at(42, 22)]).toBe(face);
  });

  test('an edge of a checker is mixed in linear light', () => {
    // Squares begin at x = 0.25 m + 0.25 pixels, which cuts pixel 36 at a quarter.
    const wall = plane('wall', [0.25 + 0.25 / 16, 0, 2], { quaternion: FACING, color: [0, 0, 0], pattern });
    const { rgb } = draw(makeScene([wall], bright));
    const pair = [decodeSrgb(rgb[3 * at(36, 27)] / 255), decodeSrgb(rgb[3 * at(36, 20)] / 255)];
    expect(Math.min(...pair)).toBeCloseTo(0.25, 2);
    expect(Math.max(...pair)).toBeCloseTo(0.75, 2);
  });
});

describe('planes edge-on', () => {
  test('at the picture’s border leave no trace', () => {
    const open = makeScene(
      balls.bodies.filter(({ name }) => !['floor', 'ceiling', 'left', 'right'].includes(name)),
    );
    const [closed, without] = [draw(balls), draw(open)];
    expect(closed.rgb).toEqual(without.rgb);
    expect(closed.depth).toEqual(without.depth);
  });

  test('inside the picture neither', () => {
    const scene = makeScene([plane('shelf', [0, 0, 2]), plane('back', [0, 0.6, 2], { quaternion: FACING })]);
    const frame = draw(scene);
    expect(new Set(frame.segmentation)).toEqual(new Set([2]));
    expect(new Set(frame.rgb).size).toBe(1);
    expect(frame.depth.every(Number.isFinite)).toBe(true);
  });

  test('planes are seen from their front only', () => {
    const scene = makeScene([
      plane('away', [0, 0.6, 2], { quaternion: [-Math.SQRT1_2, 0, 0, Math.SQRT1_2] }),
    ]);
    expect(new Set(draw(scene).segmentation)).toEqual(new Set([0]));
  });
});

describe('the same bytes', () => {
  const path = (scene: Scene, i: number) => {
    const poses = posesOf(scene);
    scene.bodies.forEach((body, n) => {
      if (body.mass === 0) return;
      for (let k = 0; k < 3; k++) poses.position[3 * n + k] += 0.2 * Math.sin(i + n + 2 * k);
      for (let k = 0; k < 4; k++) poses.quaternion[4 * n + k] += 0.3 * Math.cos(i * 0.7 + k);
    });
    return poses;
  };

  test.each([
    ['balls', balls],
    ['room', room],
  ])('from a fresh renderer, a used one, and into a used frame (%s)', (_, scene) => {
    const renderer = createRenderer(scene, SIZE);
    const into = createFrame(SIZE);
    for (let i = 0; i < 8; i++) {
      const fresh = draw(scene, path(scene, i));
      expect(renderer.render(path(scene, i))).toEqual(fresh);
      expect(renderer.render(path(scene, i), into)).toBe(into);
      expect(into).toEqual(fresh);
    }
  });

  test('from renderers that take turns', () => {
    const [a, b] = [createRenderer(balls, SIZE), createRenderer(room, { width: 48, height: 40 })];
    const first = [a.render(path(balls, 1)), b.render(path(room, 1))];
    b.render(path(room, 2));
    expect([a.render(path(balls, 1)), b.render(path(room, 1))]).toEqual(first);
  });

  test('after a plane moved there and back, and while it is away', () => {
    const renderer = createRenderer(balls, SIZE);
    const home = renderer.render(posesOf(balls));
    const moved = posesOf(balls, { back: { position: [0.1, 0.9, 2.05] } });
    expect(renderer.render(moved)).toEqual(draw(balls, moved));
    expect(renderer.render(posesOf(balls))).toEqual(home);
  });

  test('for a quaternion of any length', () => {
    const scaled = posesOf(room);
    for (let i = 0; i < scaled.quaternion.length; i++) scaled.quaternion[i] *= 2;
    expect(draw(room, scaled)).toEqual(draw(room));
  });
});

test('pixels far from any solid cost no more than a copy: they are the background’s', () => {
  const empty = draw(makeScene(arena()));
  const frame = draw(balls);
  for (const p of [at(2, 2), at(60, 5), at(3, 60)]) expect(frame.rgb[3 * p]).toBe(empty.rgb[3 * p]);
});

describe('bad input is named', () => {
  test.each([
    ['a lost ball', { red: { position: [NaN, 0, 0] as Vec3 } }, 'body "red": its pose is not finite; repair'],
    [
      'a ball at infinity',
      { green: { position: [0, Infinity, 0] as Vec3 } },
      'body "green": its pose is not finite',
    ],
    ['no orientation', { red: { quaternion: [0, 0, 0, 0] } }, 'body "red": its pose is not finite'],
    [
      'a lost orientation',
      { yellow: { quaternion: [0, NaN, 0, 1] } },
      'body "yellow": its pose is not finite',
    ],
  ])('%s', (_, moved, message) => {
    expect(() => draw(balls, posesOf(balls, moved))).toThrow(message);
  });

  test('poses of another scene', () => {
    expect(() => draw(balls, posesOf(room))).toThrow(
      `poses: ${3 * room.bodies.length} position and ${4 * room.bodies.length} quaternion values; ` +
        `${balls.bodies.length} bodies need ${3 * balls.bodies.length} and ${4 * balls.bodies.length}`,
    );
  });

  test('a frame of another size', () => {
    const renderer = createRenderer(balls, SIZE);
    expect(() => renderer.render(posesOf(balls), createFrame({ width: 32, height: 64 }))).toThrow(
      'frame "32x64": the renderer makes 64x64; give a frame of that size',
    );
  });

  test('a light without direction', () => {
    const dark = { ...balls, light: { ...balls.light, direction: [0, 0, 0] as Vec3 } };
    expect(() => createRenderer(dark, SIZE)).toThrow(
      'light direction "0,0,0": has no length; choose a direction',
    );
  });

  test('more bodies than segmentation can tell apart', () => {
    const many = {
      ...balls,
      bodies: Array.from({ length: 256 }, (_, i) => ({ ...balls.bodies[0], name: `${i}` })),
    };
    expect(() => createRenderer(many, SIZE)).toThrow('256 bodies; segmentation tells at most 255 apart');
  });
});

test('the index in the scene is the index in segmentation', () => {
  const { segmentation } = draw(balls);
  const { x, y } = project(balls.camera, 64, 64, balls.bodies[indexOf(balls, 'green')].position);
  expect(segmentation[at(Math.floor(x), Math.floor(y))]).toBe(indexOf(balls, 'green') + 1);
});

test('a renderer that takes over the memory of another draws what a new one draws', () => {
  const bright = { ...balls, light: { ...balls.light, ambient: 0.9 } };
  const otherSky = { ...balls, background: [0, 0, 1] as [number, number, number] };
  const aside = { ...balls, camera: { ...balls.camera, target: [0.1, 0, 2] as Vec3 } };
  const bare = { ...balls, bodies: balls.bodies.filter(({ shape }) => shape.kind !== 'plane') };
  let before = createRenderer(balls, SIZE);
  const first = before;
  for (const scene of [balls, bright, otherSky, aside, bare, room, capsules, balls, { ...balls }]) {
    before = createRenderer(scene, SIZE, before);
    expect(before.render(posesOf(scene))).toEqual(draw(scene));
    // The one that was first may still be used, too.
    expect(first.render(posesOf(balls))).toEqual(draw(balls));
  }
  const small = { width: 32, height: 16 };
  expect(createRenderer(balls, small, before).render(posesOf(balls))).toEqual(
    draw(balls, posesOf(balls), small),
  );
});
