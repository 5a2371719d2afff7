/** Pairs of bodies whose distance a parsed frame tells: what penetration and contacts are read from. */
import { distance, type Body, type Scene } from '@orrery/scene';
import type { Follower } from './parse.ts';

/** A followed body (its row among the followed ones) and another followed one, or one that never moves. */
export interface SolidPair {
  /** Indices in the scene, a < b. */
  readonly a: number;
  readonly b: number;
  /** Their rows among the followed bodies; -1 for one that never moves. */
  readonly rowA: number;
  readonly rowB: number;
}

/**
 * Pairs that may touch: both collide, no joint holds them together, and the place of each is known from its centre,
 * which it is for spheres and for bodies that cannot turn.
 */
export function solidPairs(scene: Scene, { bodies }: Pick<Follower, 'bodies'>): SolidPair[] {
  const rowOf = (index: number) => bodies.indexOf(index);
  const placed = scene.bodies.map(
    (body, index) => body.collides && (body.mass === 0 || (rowOf(index) >= 0 && keepsItsTurn(body))),
  );
  const joined = (a: Body, b: Body) =>
    scene.joints.some(
      ({ bodyA, bodyB, collide }) =>
        !collide && [a.name, b.name].every((name) => name === bodyA || name === bodyB),
    );
  return scene.bodies.flatMap((second, b) =>
    scene.bodies.slice(0, b).flatMap((first, a): SolidPair[] => {
      const still = first.mass === 0 && second.mass === 0;
      if (still || !placed[a] || !placed[b] || joined(first, second)) return [];
      return [{ a, b, rowA: rowOf(a), rowB: rowOf(b) }];
    }),
  );
}

function keepsItsTurn({ shape, angularFactor }: Body): boolean {
  return shape.kind === 'sphere' || angularFactor.every((factor) => factor === 0);
}

/**
 * Signed distance of a pair, m: negative where they overlap.
 * @param positions [M, 3] m of the followed bodies
 * @returns NaN where one of them is not found
 */
export function pairDistance(
  scene: Scene,
  { a, b, rowA, rowB }: SolidPair,
  positions: ArrayLike<number>,
): number {
  const first = placedAt(scene.bodies[a], rowA, positions);
  const second = placedAt(scene.bodies[b], rowB, positions);
  return first && second ? distance(first, second) : NaN;
}

function placedAt(body: Body, row: number, positions: ArrayLike<number>): Body | undefined {
  if (row < 0) return body;
  const [x, y, z] = [positions[3 * row], positions[3 * row + 1], positions[3 * row + 2]];
  return Number.isNaN(x) ? undefined : { ...body, position: [x, y, z] };
}

/** m that the parser may be off without anything being wrong: half a pixel, at the nearer of the two bodies. */
export function pairTolerance({ scales }: Follower, { rowA, rowB }: SolidPair): number {
  return Math.max(...[rowA, rowB].filter((row) => row >= 0).map((row) => 0.5 / scales[row]));
}
