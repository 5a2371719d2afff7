/**
 * What happens to a body from a frame to the next, as 12 numbers: how far its place [3, m] and its turn [3, rad] are from
 * where constant velocity and spin would have brought it, and by how much its velocity [3, m/s] and spin [3, rad/s] change.
 */
import { add, concat, mul, sliceAxis, sub, type Tensor } from '@orrery/graph';
import { motionPart } from './layout.ts';
import { composed, fromSmallTurn, inverted, smallTurn, turnBy } from './rotation.ts';

export const CHANGE_SIZE = 12;

/** Motion [..., 13] after `dt` seconds at constant velocity and spin. */
export function coasted(motion: Tensor, dt: number): Tensor {
  const [position, orientation] = [motionPart(motion, 'position'), motionPart(motion, 'orientation')];
  const [velocity, spin] = [motionPart(motion, 'velocity'), motionPart(motion, 'spin')];
  const place = add(position, mul(velocity, dt));
  return concat([place, composed(turnBy(mul(spin, dt)), orientation), velocity, spin], -1);
}

/** [..., 12]: what leads from `before` to `after`, [..., 13] each. */
export function changeBetween(before: Tensor, after: Tensor, dt: number): Tensor {
  const free = coasted(before, dt);
  const difference = (name: 'position' | 'velocity' | 'spin') =>
    sub(motionPart(after, name), motionPart(free, name));
  const turn = composed(motionPart(after, 'orientation'), inverted(motionPart(free, 'orientation')));
  return concat([difference('position'), smallTurn(turn), difference('velocity'), difference('spin')], -1);
}

/** The motion [..., 13] that a change [..., 12] makes of `before`. */
export function changed(before: Tensor, change: Tensor, dt: number): Tensor {
  const free = coasted(before, dt);
  const part = (from: number) => sliceAxis(change, -1, from, from + 3);
  return concat(
    [
      add(motionPart(free, 'position'), part(0)),
      composed(fromSmallTurn(part(3)), motionPart(free, 'orientation')),
      add(motionPart(free, 'velocity'), part(6)),
      add(motionPart(free, 'spin'), part(9)),
    ],
    -1,
  );
}
