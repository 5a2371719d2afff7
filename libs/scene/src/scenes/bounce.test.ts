import fc from 'fast-check';
import { foldIn, key } from '@orrery/random';
import { describe, expect, test } from 'vitest';
import { bounce, bounceConfigSchema, trackedBodies, type BounceConfig } from '../index.ts';

const config = (settings: object = {}): BounceConfig => bounceConfigSchema.parse(settings);

describe('bounce', () => {
  test('scenes of any key and configuration are valid, inside the arena and within their ranges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0.1, max: 0.5, noNaN: true }),
        (seed, balls, radius) => {
          const scene = bounce.sample(
            key(seed),
            config({ balls, radius: [radius / 2, radius], speed: [1, 2] }),
          );
          expect(trackedBodies(scene)).toEqual(Array.from({ length: balls }, (_, i) => i));
          for (const { shape, position, velocity, name } of scene.bodies.slice(0, balls)) {
            const r = shape.kind === 'sphere' ? shape.radius : NaN;
            expect(r).toBeGreaterThanOrEqual(radius / 2 - 1e-7);
            expect(r).toBeLessThanOrEqual(radius + 1e-7);
            expect(Math.abs(position[0]) + r).toBeLessThan(2);
            expect(Math.abs(position[2] - 2) + r).toBeLessThan(2);
            const speed = Math.sqrt(velocity[0] ** 2 + velocity[2] ** 2);
            expect(speed).toBeCloseTo(scene.factors[`${name}_speed`]!, 12);
            expect(speed).toBeGreaterThanOrEqual(1 - 1e-6);
            expect(speed).toBeLessThanOrEqual(2 + 1e-6);
          }
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  test('the same key gives the same scene, another key another', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => bounce.sample(key(seed), config()));
    expect(a).toEqual(b);
    expect(a!.bodies[0]!.position).not.toEqual(c!.bodies[0]!.position);
  });

  test('mass grows with the cube of the radius; a pair has the configured restitution', () => {
    const scene = bounce.sample(key(3), config({ restitution: [0.8, 0.8], friction: 0.3 }));
    const density = scene.bodies
      .slice(0, 3)
      .map(({ mass, shape }) => mass / (shape.kind === 'sphere' ? shape.radius : 0) ** 3);
    expect(density[1]).toBeCloseTo(density[0]!, 10);
    expect(density[2]).toBeCloseTo(density[0]!, 10);
    const [ball, wall] = [scene.bodies[0]!.material, scene.bodies.at(-1)!.material];
    expect(ball.restitution * wall.restitution).toBeCloseTo(0.8, 15);
    expect(Math.sqrt(ball.friction * wall.friction)).toBeCloseTo(0.3, 15);
  });

  test('speeds, radii and directions fill their ranges evenly', () => {
    const balls = Array.from({ length: 400 }, (_, i) => bounce.sample(foldIn(key(7), i), config())).flatMap(
      (scene) =>
        scene.bodies.slice(0, 3).map(({ name, velocity }) => ({
          speed: scene.factors[`${name}_speed`]!,
          radius: scene.factors[`${name}_radius`]!,
          angle: Math.atan2(velocity[2], velocity[0]),
        })),
    );
    const mean = (pick: (ball: (typeof balls)[number]) => number) =>
      balls.reduce((sum, b) => sum + pick(b), 0) / balls.length;
    // Uniform means, within four standard errors of 1,200 draws: range / sqrt(12) / sqrt(1200).
    expect(Math.abs(mean((b) => b.speed) - 1.75)).toBeLessThan((4 * 2.5) / 120);
    expect(Math.abs(mean((b) => b.radius) - 0.375)).toBeLessThan((4 * 0.15) / 120);
    expect(Math.abs(mean((b) => b.angle))).toBeLessThan((4 * 2 * Math.PI) / 120);
  });

  test('balls that cannot fit are refused within bounds', () => {
    expect(() => bounce.sample(key(0), config({ balls: 5, radius: [0.95, 1] }))).toThrow(
      'scene "bounce": 5 balls with radii up to 1 m do not fit into 4 m x 4 m; lower "balls" or "radius"',
    );
    expect(() => bounce.sample(key(0), config({ balls: 1, radius: [2.5, 2.5] }))).toThrow('do not fit');
  });

  test('a configuration out of bounds is refused', () => {
    for (const settings of [
      { balls: 6 },
      { balls: 1.5 },
      { radius: [0.4, 0.3] },
      { restitution: [1.1, 1.1] },
      { ball: 3 },
    ])
      expect(bounceConfigSchema.safeParse(settings).success).toBe(false);
  });
});
