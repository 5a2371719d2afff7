/** What a joint forbids: one row for each direction in which its bodies may not part or turn. */
import type { Joint, Vec3 as SceneVec3 } from '@orrery/scene';
import * as cannon from 'cannon-es';
import type { RigidBody } from '../body.ts';
import { Row } from '../row.ts';

export interface Constraint {
  readonly name: string;
  readonly a: RigidBody;
  readonly b: RigidBody;
  readonly rows: readonly Row[];
  /** Sets the rows where the bodies are now. */
  place(): void;
  /** Writes how far each row is from holding where the step under way takes the bodies, m or rad, into `out`. */
  errors(out: Float64Array, offset: number): void;
}

/** Two anchors, each fixed in a body. */
export interface Anchors {
  readonly a: RigidBody;
  readonly b: RigidBody;
  /** In the world, where the bodies are now; set by `place`. */
  readonly onA: cannon.Vec3;
  readonly onB: cannon.Vec3;
  place(): void;
  /** From A's anchor to B's where the step under way takes them, m; used again by the next call. */
  endGap(): cannon.Vec3;
}

export function createAnchors(a: RigidBody, b: RigidBody, joint: Joint): Anchors {
  const [localA, localB] = [new cannon.Vec3(...joint.anchorA), new cannon.Vec3(...joint.anchorB)];
  const [onA, onB, gap, end] = [new cannon.Vec3(), new cannon.Vec3(), new cannon.Vec3(), new cannon.Vec3()];
  return {
    ...{ a, b, onA, onB },
    place() {
      a.pointToWorldFrame(localA, onA);
      b.pointToWorldFrame(localB, onB);
    },
    endGap() {
      b.endQuaternion.vmult(localB, gap);
      gap.vadd(b.endPosition, gap);
      a.endQuaternion.vmult(localA, end);
      gap.vsub(end, gap);
      gap.vsub(a.endPosition, gap);
      return gap;
    },
  };
}

const AXES = [cannon.Vec3.UNIT_X, cannon.Vec3.UNIT_Y, cannon.Vec3.UNIT_Z];

/** Ball and socket: the anchors stay together. */
export function createPoint(a: RigidBody, b: RigidBody, joint: Joint): Constraint {
  const anchors = createAnchors(a, b, joint);
  const rows = AXES.map(() => new Row());
  return {
    ...{ name: joint.name, a, b, rows },
    place() {
      anchors.place();
      rows.forEach((row, i) => row.set(a, anchors.onA, b, anchors.onB, AXES[i]!));
    },
    errors(out, offset) {
      const gap = anchors.endGap();
      out[offset] = gap.x;
      out[offset + 1] = gap.y;
      out[offset + 2] = gap.z;
    },
  };
}

/** A massless rod: the anchors stay `length` apart. */
export function createDistance(
  a: RigidBody,
  b: RigidBody,
  joint: Extract<Joint, { kind: 'distance' }>,
): Constraint {
  const anchors = createAnchors(a, b, joint);
  const row = new Row();
  const along = new cannon.Vec3();
  return {
    ...{ name: joint.name, a, b, rows: [row] },
    place() {
      anchors.place();
      anchors.onB.vsub(anchors.onA, along);
      along.normalize();
      row.set(a, anchors.onA, b, anchors.onB, along);
    },
    errors(out, offset) {
      out[offset] = anchors.endGap().length() - joint.length;
    },
  };
}

/** A unit vector along `v`. */
export function unit(v: SceneVec3): cannon.Vec3 {
  const vector = new cannon.Vec3(...v);
  return vector.scale(1 / vector.length());
}
