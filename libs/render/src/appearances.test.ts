import { appearances } from '@orrery/scene';
import { describe, expect, test } from 'vitest';
import { createRenderer } from './index.ts';
import { arena, balls, indexOf, makeScene, posesOf, sphere } from './scenes.fixture.ts';

const SIZE = { width: 64, height: 64 };
const poses = posesOf(balls);
const draw = (scene = balls) => createRenderer(scene, SIZE).render(poses);

const events = makeScene(balls.bodies, {
  interventions: [
    { kind: 'recolor', frame: 2, body: 'red', color: [0.1, 0.1, 0.9] },
    { kind: 'vanish', frame: 4, body: 'green' },
  ],
});
const change = (name: string, more: object) =>
  makeScene(balls.bodies.map((body) => (body.name === name ? { ...body, ...more } : body)));

describe('a frame after an intervention', () => {
  const recolored = change('red', { color: [0.1, 0.1, 0.9] });
  const vanished = {
    ...recolored,
    bodies: recolored.bodies.map((body) => (body.name === 'green' ? { ...body, visible: false } : body)),
  };

  test('is that of a scene whose bodies look so, and the frames before and after others are too', () => {
    const renderer = createRenderer(events, SIZE);
    const frame = (t: number) => renderer.render({ ...poses, appearances: appearances(events, t) });
    expect(frame(0)).toEqual(draw());
    expect(frame(2)).toEqual(draw(recolored));
    expect(frame(3)).toEqual(draw(recolored));
    expect(frame(4)).toEqual(draw(vanished));
    expect(renderer.render(poses)).toEqual(draw());
    expect(frame(5)).toEqual(draw(vanished));
    expect(frame(2)).toEqual(draw(recolored));
  });

  test('shows no trace of what vanished: neither its shadow nor its name', () => {
    const renderer = createRenderer(events, SIZE);
    const frame = renderer.render({ ...poses, appearances: appearances(events, 4) });
    expect(frame.segmentation.includes(indexOf(balls, 'green') + 1)).toBe(false);
    const without = makeScene([
      ...arena(),
      sphere('red', 0.45, [-0.83, 0, 1.21], { color: [0.1, 0.1, 0.9] }),
      sphere('yellow', 0.3, [0.93, 0, 0.52], { color: [0.9, 0.7, 0.02] }),
    ]);
    expect(frame.rgb).toEqual(createRenderer(without, SIZE).render(posesOf(without)).rgb);
  });

  test('wants an appearance for each body', () => {
    const few = appearances(events, 4).slice(1);
    expect(() => createRenderer(events, SIZE).render({ ...poses, appearances: few })).toThrow(
      `poses: ${balls.bodies.length - 1} appearances; give one for each of the ${balls.bodies.length} bodies`,
    );
  });
});

test('bodies that do not collide are drawn', () => {
  expect(draw(change('red', { collides: false }))).toEqual(draw());
});

test.each([32, 48, 96, 128, 256])('pictures of %i pixels', (side) => {
  const size = { width: side, height: side };
  const frame = createRenderer(balls, size).render(poses);
  const red = indexOf(balls, 'red') + 1;
  const share = frame.segmentation.reduce((sum, id) => sum + Number(id === red), 0) / side ** 2;
  expect(share).toBeCloseTo((Math.PI * 0.45 ** 2) / 16, 2);
  expect(frame.depth.length).toBe(side * side);
});
