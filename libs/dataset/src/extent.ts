/** How long the axes of a dataset's arrays are. */
import type { Body } from '@orrery/scene';
import type { DatasetSpec, Picture } from './manifest.ts';

/** Lengths of the axes that arrays may have, by the axes' names, and which pictures there are. */
export interface DatasetExtent {
  /** E */
  readonly episode: number;
  /** T */
  readonly frame: number;
  /** H and W, pixels */
  readonly row: number;
  readonly column: number;
  /** N */
  readonly body: number;
  /** C, slots for contacts in a frame */
  readonly contact: number;
  /** A, actuators of the scene */
  readonly actuator: number;
  readonly pictures: readonly Picture[];
}

/** The extent of what a spec asks for, and of what its scenes and splits have. */
export function datasetExtent(
  spec: DatasetSpec,
  found: Pick<DatasetExtent, 'episode' | 'body' | 'contact' | 'actuator'>,
): DatasetExtent {
  return {
    ...found,
    frame: spec.frames,
    row: spec.height,
    column: spec.width,
    pictures: spec.pictures,
  };
}

/**
 * Slots for contacts in a frame, for each pair with a moving body in it: one where spheres and planes meet; 16 where a
 * box or a capsule does, which touches at several points and slides from one to the next within a frame. At most 32 for
 * each moving body, which no packing reaches.
 */
export function contactSlots(bodies: readonly Pick<Body, 'mass' | 'shape'>[]): number {
  const round = ({ shape: { kind } }: Pick<Body, 'shape'>) => kind === 'sphere' || kind === 'plane';
  let slots = 0;
  bodies.forEach((b, j) => {
    for (const a of bodies.slice(0, j)) {
      if (a.mass === 0 && b.mass === 0) continue;
      slots += round(a) && round(b) ? 1 : 16;
    }
  });
  const moving = bodies.filter(({ mass }) => mass > 0).length;
  return Math.max(1, Math.min(slots, 32 * moving));
}
