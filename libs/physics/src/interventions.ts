/** Interventions: what is done to bodies at the instant of a frame. */
import type { Intervention } from '@orrery/scene';
import * as cannon from 'cannon-es';
import type { Parts } from './parts.ts';

/** What each kind does; one row a kind. */
const interventions: {
  [K in Intervention['kind']]: (event: Extract<Intervention, { kind: K }>, parts: Parts) => void;
} = {
  vanish({ body: name }, { body, pairs }) {
    body(name).vanish();
    pairs.excludeBody(body(name));
  },
  teleport({ body: name, offset }, parts) {
    const body = parts.body(name);
    body.position.vadd(new cannon.Vec3(...offset), body.position);
    body.aabbNeedsUpdate = true;
  },
  'pass-through'({ body, other }, parts) {
    parts.pairs.exclude(parts.body(body), parts.body(other));
  },
  recolor() {}, // appearances (libs/scene) shows it
  speed({ body: name, factor }, parts) {
    const { velocity } = parts.body(name);
    velocity.scale(factor, velocity);
  },
  gravity: ({ factor }, { gravity }) => void gravity.scale(factor, gravity),
};

export function intervene<K extends Intervention['kind']>(
  event: Extract<Intervention, { kind: K }>,
  parts: Parts,
): void {
  interventions[event.kind as K](event, parts);
}
