import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distance } from './distance.ts';
import { axisAngle, rotate, rotateInverse } from './geometry.ts';
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
const capsule = (name: string, rest: Partial<BodyInput> = {}) =>
  sphere(name, { shape: { kind: 'capsule', radius: 0.25, halfLength: 1 }, ...rest });
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
      'blind view',
      scene([sphere('a')], {
        views: { top: { kind: 'orthographic', position: [0, 0, 5], target: [0, 0, 0], height: 4 } },
      }),
      '"views.top.up" is parallel to the view',
    ],
    [
      'no inertia',
      scene([sphere('a', { mass: 1e-310 })]),
      'body "a": mass 1e-310 kg on 0.5 m gives it no inertia',
    ],
    [
      'capsule in plane',
      scene([plane(), capsule('a', { position: [0, 0, 1] })]),
      '"floor" and "a" overlap by 0.250 m',
    ],
    ['no light at all', scene([sphere('a')], { light: undefined } as never), '"light"'],
    [
      'no light',
      scene([sphere('a')], { light: { direction: [0, 0, 0], intensity: 1, ambient: 0 } }),
      '"light.direction"',
    ],
  ])('%s', (_, input, message) => {
    expect(() => parseScene(input)).toThrow(/^scene "test": [^\n]*; [^\n]+$/);
    expect(() => parseScene(input)).toThrow(message);
  });

  const pair = [sphere('a'), sphere('b', { position: [2, 0, 0] })];
  const on = (x: number): Vec3 => [x, 0, 0];
  const anchors = { name: 'j', bodyA: 'a', bodyB: 'b', anchorA: on(1), anchorB: on(-1) };
  const joint = { kind: 'point' as const, ...anchors };
  const hinge = { kind: 'hinge' as const, ...anchors, axis: on(1) };
  const rod = { kind: 'distance' as const, ...anchors, anchorA: on(0), anchorB: on(0), length: 2 };
  const wheel = {
    ...{ name: 'w', chassis: 'a', position: on(0), radius: 0.2, friction: 1 },
    suspension: { length: 0.1, stiffness: 10, damping: 1 },
  };
  test.each<[string, Partial<SceneInput>, string]>([
    ['twins', { joints: [joint, joint] }, 'two joints are called "j"; give each joint its own name'],
    [
      'a stranger',
      { joints: [{ ...joint, bodyB: 'c' }] },
      'joint "j": there is no body "c"; name one of: a, b',
    ],
    ['itself', { joints: [{ ...joint, bodyA: 'b' }] }, 'joint "j": it joins "b" to itself'],
    [
      'anchors apart',
      { joints: [{ ...joint, anchorA: [0.5, 0, 0] }] },
      'joint "j": the anchors are 0.500 m apart, not 0 m; move the bodies',
    ],
    [
      'a rod too long',
      { joints: [{ ...rod, length: 3 }] },
      'joint "j": the anchors are 2.00 m apart, not 3 m',
    ],
    ['a rod of no length', { joints: [{ ...rod, length: 0 }] }, '"joints[0].length" 0: '],
    ['no axis', { joints: [{ ...hinge, axis: [0, 0, 0] }] }, 'joint "j": "axis" is zero'],
    [
      'a long reference',
      { joints: [{ ...hinge, reference: [0, 0, 0, 2] }] },
      'joint "j": "reference" [0, 0, 0, 2] has not length 1',
    ],
    [
      'parting anchors',
      { joints: [joint], bodies: [pair[0]!, { ...pair[1]!, velocity: [0, 0, 2] }] },
      'joint "j": the anchors part at 2.00 m/s; give both bodies velocities that keep them together',
    ],
    [
      'a rod that stretches',
      { joints: [rod], bodies: [pair[0]!, { ...pair[1]!, velocity: [3, 0, 1] }] },
      'joint "j": the anchors part at 3.00 m/s',
    ],
    [
      'a tilted axis',
      { joints: [{ ...hinge, reference: axisAngle([0, 0, 1], 0.1) }] },
      'joint "j": the axis in A and that in B are not parallel (sine 0.0998); turn the bodies, "axis" or "reference"',
    ],
    [
      'turning across the axis',
      {
        joints: [{ ...hinge, anchorA: on(2), anchorB: on(0) }],
        bodies: [pair[0]!, { ...pair[1]!, angularVelocity: [5, 0, 3] }],
      },
      'joint "j": the bodies turn against each other at 3.00 rad/s across the axis',
    ],
    [
      'limits elsewhere',
      { joints: [{ ...hinge, reference: axisAngle([1, 0, 0], 0.5), limits: [0, 1] }] },
      'joint "j": it starts at -0.5000 rad, beyond "limits" [0, 1]; widen them or turn B',
    ],
    [
      'teleport of a joined body',
      {
        joints: [joint],
        interventions: [{ kind: 'teleport', frame: 1, body: 'a', offset: [0, 0, 1] }],
      },
      'intervention "teleport" at frame 1: joint "j" holds "a" where it is',
    ],
    ['limits', { joints: [{ ...hinge, limits: [1, -1] }] }, 'joint "j": "limits" [1, -1] are no range'],
    [
      'a spring to nowhere',
      { fields: [{ kind: 'spring', bodyA: 'x', bodyB: 'a', length: 1, stiffness: 1 }] },
      'the spring field: there is no body "x"',
    ],
    [
      'a slack spring',
      { fields: [{ kind: 'spring', bodyA: null, bodyB: 'a', length: 1, stiffness: 0 }] },
      '"fields[0].stiffness" 0: ',
    ],
    ['a loose wheel', { wheels: [{ ...wheel, chassis: 'x' }] }, 'wheel "w": there is no body "x"'],
    [
      'a wheel that shows as a heavy body',
      { wheels: [{ ...wheel, body: 'b' }] },
      'wheel "w": body "b" shows it and has a mass of 1 kg; set "mass" to 0',
    ],
    [
      'a force to nowhere',
      { actuators: [{ kind: 'force', name: 'f', body: 'a', direction: [0, 0, 0], limit: 1 }] },
      'actuator "f": "direction" is zero',
    ],
    [
      'a torque without a hinge',
      { joints: [joint], actuators: [{ kind: 'torque', name: 't', joint: 'j', limit: 1 }] },
      'actuator "t": there is no hinge "j"',
    ],
    [
      'a drive without a wheel',
      { actuators: [{ kind: 'drive', name: 'd', wheels: ['w'], limit: 1 }] },
      'actuator "d": there is no wheel "w"',
    ],
    [
      'a ghost',
      { interventions: [{ kind: 'vanish', frame: 3, body: 'x' }] },
      'intervention "vanish" at frame 3: there is no body "x"',
    ],
    [
      'an event before the start',
      { interventions: [{ kind: 'gravity', frame: 0, factor: -1 }] },
      '.frame" 0: ',
    ],
  ])('of what acts on bodies: %s', (_, parts, message) => {
    expect(() => parseScene(scene(pair, parts))).toThrow(/^scene "test": [^\n]*; [^\n]+$/);
    expect(() => parseScene(scene(pair, parts))).toThrow(message);
  });

  test('what acts on static bodies is refused where it moves them', () => {
    const still = [sphere('a', { mass: 0 }), sphere('b', { position: [2, 0, 0], mass: 0 })];
    expect(() => parseScene(scene(still, { joints: [joint] }))).toThrow(
      'neither body can move; give one a mass',
    );
    expect(() =>
      parseScene(scene(still, { interventions: [{ kind: 'speed', frame: 1, body: 'a', factor: 2 }] })),
    ).toThrow('body "a" cannot move; give it a mass');
  });

  test('joined bodies and those that do not collide may overlap', () => {
    const near = [sphere('a'), sphere('b', { position: [0.5, 0, 0] })] as const;
    const joined = { ...joint, anchorA: on(0.5), anchorB: on(0) };
    expect(parseScene(scene([...near], { joints: [joined] })).joints).toHaveLength(1);
    expect(() => parseScene(scene([...near], { joints: [{ ...joined, collide: true }] }))).toThrow('overlap');
    expect(parseScene(scene([near[0], { ...near[1], collides: false }])).bodies).toHaveLength(2);
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
    // A capsule along z from -1 to 1 with radius 0.25: beside it, beyond its end, and at 45 degrees to its end.
    const rod = body(capsule('c'));
    expect(distance(at([2, 0, 0.7]), rod)).toBeCloseTo(2 - 0.75, 12);
    expect(distance(rod, at([0, 0, 3]))).toBeCloseTo(2 - 0.75, 12);
    expect(distance(rod, at([1, 0, 2]))).toBeCloseTo(Math.SQRT2 - 0.75, 12);
    // Crossed capsules 1 m apart, and two that lie on one line with 1 m between the ends of their segments.
    const lying = { quaternion: axisAngle([1, 0, 0], Math.PI / 2) };
    expect(distance(rod, body(capsule('d', { position: [1, 0.3, 0.2], ...lying })))).toBeCloseTo(0.5, 12);
    expect(distance(rod, body(capsule('d', { position: [0, 0, 3] })))).toBeCloseTo(0.5, 12);
    // Upright over a face of the box, whose top is at 0.25; lying over it, and standing on a plane.
    expect(distance(body(box('b')), body(capsule('d', { position: [0.9, 0, 2] })))).toBeCloseTo(0.5, 12);
    expect(distance(body(capsule('d', { position: [0, 0, 1], ...lying })), body(box('b')))).toBeCloseTo(
      0.5,
      12,
    );
    expect(distance(body(plane()), body(capsule('d', { position: [0, 0, 2], ...lying })))).toBeCloseTo(
      1.75,
      12,
    );
    expect(distance(body(capsule('d', { position: [0, 0, 2] })), body(plane()))).toBeCloseTo(0.75, 12);
    // Two cubes whose crossed edges face each other along z: each reaches sqrt(2) / 2 towards the other.
    const crossed = { position: [0, 0, 0] as Vec3, quaternion: axisAngle([0, 1, 0], Math.PI / 4) };
    const pair = [onEdge, crossed].map((pose) => body(box('b', { shape: cube, ...pose }))) as [Body, Body];
    expect(distance(...pair)).toBeCloseTo(2 - Math.SQRT2, 12);
  });
});
