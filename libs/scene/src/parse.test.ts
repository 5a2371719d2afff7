import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { axisAngle, distance, rotate, rotateInverse } from './geometry.ts';
import { parseScene } from './parse.ts';
import type { Vec3 } from './quantities.ts';
import type { Body, SceneInput } from './scene.ts';

type BodyInput = SceneInput['bodies'][number];
const material = { restitution: 1, friction: 0 };
const color: Vec3 = [1, 0, 0];
const sphere = (name: string, rest: Partial<BodyInput> = {}): BodyInput => ({
  name,
  shape: { kind: 'sphere', radius: 0.5 },
  mass: 1,
  material,
  color,
  ...rest,
});
const plane = (rest: Partial<BodyInput> = {}) =>
  sphere('floor', { shape: { kind: 'plane' }, mass: 0, ...rest });
const box = (name: string, rest: Partial<BodyInput> = {}) =>
  sphere(name, { shape: { kind: 'box', halfExtents: [1, 0.5, 0.25] }, ...rest });
const scene = (bodies: BodyInput[], rest: Partial<SceneInput> = {}): SceneInput => ({
  name: 'test',
  bodies,
  gravity: [0, 0, -9.81],
  camera: { kind: 'orthographic', position: [0, -5, 0], target: [0, 0, 0], height: 4 },
  light: { direction: [0, 1, -1], intensity: 1, ambient: 0.2 },
  background: [0, 0, 0],
  dt: 0.05,
  substeps: 4,
  ...rest,
});
const body = (input: BodyInput): Body => parseScene(scene([input])).bodies[0]!;

test('defaults are filled in', () => {
  const parsed = parseScene(scene([sphere('a')]));
  expect(parsed.bodies[0]).toMatchObject({ position: [0, 0, 0], quaternion: [0, 0, 0, 1], visible: true });
  expect(parsed.camera.up).toEqual([0, 0, 1]);
  expect(parsed.factors).toEqual({});
  expect(parseScene(parsed)).toEqual(parsed);
});

describe('errors name the scene, the body, the value and the remedy', () => {
  test.each<[string, SceneInput, string]>([
    [
      'two names',
      scene([sphere('a'), sphere('a')]),
      'two bodies are called "a"; give each body its own name',
    ],
    ['NaN', scene([sphere('a', { position: [0, NaN, 0] })]), 'body "a" "position[1]" NaN: '],
    ['infinite', scene([sphere('a', { velocity: [Infinity, 0, 0] })]), 'body "a" "velocity[0]" Infinity: '],
    ['negative mass', scene([sphere('a', { mass: -1 })]), 'body "a" "mass" -1: '],
    ['zero dt', scene([sphere('a')], { dt: 0 }), '"dt" 0: '],
    ['unknown key', { ...scene([sphere('a')]), wind: 3 } as SceneInput, '"wind"'],
    ['heavy plane', scene([plane({ mass: 2 })]), 'body "floor": a plane with mass 2 kg; planes are static'],
    [
      'long quaternion',
      scene([sphere('a', { quaternion: [0, 0, 0, 2] })]),
      'body "a": "quaternion" [0, 0, 0, 2] has length 2.000; divide it by its length',
    ],
    ['half a factor', scene([sphere('a', { linearFactor: [1, 0.5, 1] })]), '"linearFactor" 0.5 on axis y'],
    [
      'locked but moving',
      scene([sphere('a', { linearFactor: [1, 0, 1], velocity: [0, 3, 0] })]),
      'body "a": "velocity" 3 along y, where it cannot move; set "linearFactor" to 1',
    ],
    [
      'static but turning',
      scene([box('a', { mass: 0, angularVelocity: [0, 0, 1] })]),
      '"angularVelocity" 1 along z',
    ],
    [
      'spheres overlap',
      scene([sphere('a'), sphere('b', { position: [0.9, 0, 0] })]),
      'bodies "a" and "b" overlap by 0.100 m; move them apart',
    ],
    [
      'sphere in plane',
      scene([plane(), sphere('a', { position: [0, 0, 0.3] })]),
      '"floor" and "a" overlap by 0.200 m',
    ],
    [
      'sphere in box',
      scene([box('a'), sphere('b', { position: [0, 0, 0.5] })]),
      '"a" and "b" overlap by 0.250 m',
    ],
    ['sphere inside a box', scene([box('a'), sphere('b')]), 'overlap by 0.750 m'],
    [
      'box in plane',
      scene([plane(), box('a', { position: [0, 0, 0.2] })]),
      '"floor" and "a" overlap by 0.0500 m',
    ],
    ['boxes', scene([box('a'), box('b', { position: [1.9, 0, 0] })]), '"a" and "b" overlap by 0.100 m'],
    [
      'blind camera',
      scene([sphere('a')], {
        camera: { kind: 'perspective', position: [0, 0, 0], target: [0, 0, 0], fieldOfView: 60 },
      }),
      'move "camera.target"',
    ],
    [
      'camera up along the view',
      scene([sphere('a')], {
        camera: { kind: 'perspective', position: [0, 0, 5], target: [0, 0, 0], fieldOfView: 60 },
      }),
      '"camera.up" is parallel to the view',
    ],
    [
      'no light',
      scene([sphere('a')], { light: { direction: [0, 0, 0], intensity: 1, ambient: 0 } }),
      '"light.direction"',
    ],
  ])('%s', (_, input, message) => {
    expect(() => parseScene(input)).toThrow(/^scene "test": [^\n]*; [^\n]+$/);
    expect(() => parseScene(input)).toThrow(message);
  });

  test('static bodies may be built into one another, and moving ones may touch', () => {
    const touching = sphere('a', { position: [0, 0, 0.5] });
    expect(parseScene(scene([plane(), box('wall', { mass: 0 })])).bodies).toHaveLength(2);
    expect(
      parseScene(scene([plane(), touching, sphere('b', { position: [1, 0, 0.5] })])).bodies,
    ).toHaveLength(3);
  });

  test('anything at all is refused with an error, never accepted or crashed on', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(() => parseScene(input as SceneInput)).toThrow(/^scene "/);
      }),
      { seed: 1 },
    );
  });
});

describe('geometry', () => {
  const unit = fc.double({ min: -1, max: 1, noNaN: true });
  const vector = fc.tuple(unit, unit, unit);

  test('a quarter turn about z takes x to y; turning back undoes it', () => {
    const quarter = axisAngle([0, 0, 3], Math.PI / 2);
    rotate(quarter, [1, 0, 0]).forEach((c, i) => expect(c).toBeCloseTo([0, 1, 0][i]!, 15));
    fc.assert(
      fc.property(vector, fc.double({ min: -7, max: 7, noNaN: true }), (v, angle) => {
        const q = axisAngle([1, -2, 0.5], angle);
        rotateInverse(q, rotate(q, v)).forEach((c, i) => expect(c).toBeCloseTo(v[i]!, 12));
      }),
      { seed: 1 },
    );
  });

  test('distances by hand', () => {
    const at = (position: Vec3) => body(sphere('s', { position }));
    // From a corner of the box (1, 0.5, 0.25): (2, 2.5, 1.25) is (1, 2, 1) away.
    expect(distance(at([2, 2.5, 1.25]), body(box('b')))).toBeCloseTo(Math.sqrt(6) - 0.5, 12);
    // An edge: (2, 1.5, 0) is (1, 1) away from the edge x = 1, y = 0.5.
    expect(distance(body(box('b')), at([2, 1.5, 0]))).toBeCloseTo(Math.SQRT2 - 0.5, 12);
    // A cube on its edge over a plane reaches half its diagonal, sqrt(2) / 2.
    const cube = { kind: 'box' as const, halfExtents: [0.5, 0.5, 0.5] as Vec3 };
    const onEdge = { position: [0, 0, 2] as Vec3, quaternion: axisAngle([1, 0, 0], Math.PI / 4) };
    expect(distance(body(plane()), body(box('b', { shape: cube, ...onEdge })))).toBeCloseTo(
      2 - Math.SQRT1_2,
      12,
    );
    // Two cubes whose crossed edges face each other along z: each reaches sqrt(2) / 2 towards the other.
    const crossed = { position: [0, 0, 0] as Vec3, quaternion: axisAngle([0, 1, 0], Math.PI / 4) };
    const pair = [onEdge, crossed].map((pose) => body(box('b', { shape: cube, ...pose }))) as [Body, Body];
    expect(distance(...pair)).toBeCloseTo(2 - Math.SQRT2, 12);
  });
});
