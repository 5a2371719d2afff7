/** What the benchmark asks of a physics engine: the same scene in, states out. */
import type { Body, Scene } from '@orrery/scene';

export type Vector = readonly [number, number, number];

/** A scene that runs in an engine. Bodies have the scene's order. */
export interface Run {
  /** Goes on by one frame: `scene.substeps` steps of `scene.dt / scene.substeps`. */
  step(): void;
  /** m */
  position(body: number): Vector;
  /** m/s */
  velocity(body: number): Vector;
  /** rad/s */
  spin(body: number): Vector;
  close(): void;
}

export interface Engine {
  readonly name: 'orrery' | 'cannon-es' | 'rapier';
  readonly version: string;
  /** How it is set up, in words. */
  readonly setting: string;
  /**
   * Every pair of bodies is given the restitution and the friction of the first two.
   * @param purpose cannon-es is faster, or stacks better, by its number of iterations
   * @returns undefined where the engine cannot do what the scene asks for
   */
  start(scene: Scene, purpose: Purpose): Run | undefined;
}
export type Purpose = 'accuracy' | 'speed';

/** Restitution (product) and friction (geometric mean) of the scene's first two bodies. */
export function pairMaterial({ bodies }: Scene): { readonly restitution: number; readonly friction: number } {
  const [a, b = a] = bodies.map(({ material }) => material);
  return {
    restitution: a!.restitution * b!.restitution,
    friction: Math.sqrt(a!.friction * b!.friction),
  };
}

/** Belts are ours alone. */
export const hasBelt = ({ surfaceVelocity }: Body): boolean => surfaceVelocity.some((v) => v !== 0);

export function missingPeer(name: string, cause: unknown): Error {
  return new Error(`${name} is not installed: it is a development dependency of apps/cli; run "npm ci"`, {
    cause,
  });
}
