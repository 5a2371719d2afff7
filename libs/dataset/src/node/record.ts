/** One episode: simulated, rendered, and laid out as the arrays hold it. */
import type { Contact, Trajectory } from '@orrery/physics';
import { createFrame, opticalFlow, type Frame, type Poses } from '@orrery/render';
import { appearances, type Body, type Scene } from '@orrery/scene';
import { arrayNames, arrayShape, arrayTable, type ArrayName } from '../arrays.ts';
import type { DatasetExtent } from '../extent.ts';
import type { Picture } from '../manifest.ts';
import type { ClipArrays } from '../open.ts';
import { zeros, type TypedArray } from '../zarr/dtype.ts';
import { product } from '../zarr/layout.ts';
import { fillNaN } from './zarr-writer.ts';

/** What draws frames of a scene. */
export interface FrameSource {
  render(poses: Poses, into: Frame): Frame;
}

/** The arrays of one episode, of which pictures and actions may be missing. */
export type EpisodeArrays = Omit<ClipArrays, Picture | 'action'> &
  Partial<Pick<ClipArrays, Picture | 'action'>>;

/** Memory for one episode, used again for the next. */
export function episodeBuffers(extent: DatasetExtent): EpisodeArrays {
  const entries = arrayNames(extent).map((name) => [
    name,
    zeros(arrayTable[name].dtype, product(arrayShape(name, extent).slice(1))),
  ]);
  return Object.fromEntries(entries) as EpisodeArrays;
}

/**
 * Fills `episode` with what happened and what the camera saw.
 * @throws where the simulation has exploded, or a frame has more contacts than there are slots
 */
export function recordEpisode(
  scene: Scene,
  trajectory: Trajectory,
  source: FrameSource,
  extent: DatasetExtent,
  episode: EpisodeArrays,
): void {
  episode.position.set(trajectory.position);
  episode.quaternion.set(trajectory.quaternion);
  episode.velocity.set(trajectory.velocity);
  episode.angular_velocity.set(trajectory.angularVelocity);
  episode.energy.set(trajectory.energy);
  episode.momentum.set(trajectory.momentum);
  episode.action?.set(trajectory.action);
  scene.bodies.forEach((body, i) => {
    episode.mass[i] = body.mass;
    episode.size.set(halfExtents(body), 3 * i);
    episode.material.set([body.material.restitution, body.material.friction], 2 * i);
  });
  checkFinite(scene, episode, extent);
  fillNaN(episode.contact);
  trajectory.contacts.forEach((contacts, frame) => recordContacts(contacts, frame, extent, episode));
  for (let frame = 0; frame < extent.frame; frame++)
    appearances(scene, frame).forEach(({ visible }, body) => {
      episode.visible[frame * extent.body + body] = visible ? 1 : 0;
    });
  if (extent.pictures.length > 0) recordPictures(scene, trajectory, source, extent, episode);
}

/** [3] m; see the array `size`. */
function halfExtents({ shape }: Body): readonly [number, number, number] {
  if (shape.kind === 'box') return shape.halfExtents;
  if (shape.kind === 'plane') return [0, 0, 0];
  const { radius } = shape;
  return [radius, radius, shape.kind === 'capsule' ? shape.halfLength + radius : radius];
}

function recordPictures(
  scene: Scene,
  trajectory: Trajectory,
  source: FrameSource,
  extent: DatasetExtent,
  episode: EpisodeArrays,
): void {
  const pixels = extent.row * extent.column;
  // What is not stored is drawn into the same frame each time.
  const scratch = createFrame({ width: extent.column, height: extent.row });
  const part = <A extends Uint8Array | Float32Array>(values: A | undefined, frame: number, each: number) =>
    values?.subarray(frame * pixels * each, (frame + 1) * pixels * each) as A | undefined;
  for (let frame = 0; frame < extent.frame; frame++) {
    const poses = posesAt(scene, trajectory, frame);
    const drawn = source.render(poses, {
      ...scratch,
      rgb: part(episode.rgb, frame, 3) ?? scratch.rgb,
      depth: part(episode.depth, frame, 1) ?? scratch.depth,
      segmentation: part(episode.segmentation, frame, 1) ?? scratch.segmentation,
    });
    const flow = part(episode.flow, frame, 2);
    if (frame + 1 < extent.frame && flow)
      opticalFlow(scene.camera, drawn, poses, posesAt(scene, trajectory, frame + 1), flow);
    else flow?.fill(0);
  }
  for (const name of ['depth', 'flow'] as const)
    if (holdsNaN(episode[name])) throw new Error(`the ${name} picture holds NaN; check the scene’s camera`);
}

/** A plain loop over what only NaN differs from, itself: it runs over so many pixels before it is compiled well. */
function holdsNaN(values: Float32Array = new Float32Array()): boolean {
  const { length } = values;
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value !== value) return true;
  }
  return false;
}

function posesAt(scene: Scene, { position, quaternion, bodies }: Trajectory, frame: number): Poses {
  return {
    position: position.subarray(frame * bodies * 3, (frame + 1) * bodies * 3),
    quaternion: quaternion.subarray(frame * bodies * 4, (frame + 1) * bodies * 4),
    // Without interventions all look as the scene says.
    appearances: scene.interventions.length > 0 ? appearances(scene, frame) : undefined,
  };
}

function recordContacts(
  contacts: readonly Contact[],
  frame: number,
  extent: DatasetExtent,
  episode: EpisodeArrays,
) {
  if (contacts.length > extent.contact)
    throw new Error(
      `frame ${frame} has ${contacts.length} contacts, and a frame has room for ${extent.contact}; use fewer bodies or a shorter dt`,
    );
  episode.contact_count[frame] = contacts.length;
  contacts.forEach(({ bodyA, bodyB, point, normal, impulse }, i) => {
    episode.contact.set([bodyA, bodyB, ...point, ...normal, impulse], (frame * extent.contact + i) * 9);
  });
}

const STATES = [
  ...['position', 'quaternion', 'velocity', 'angular_velocity', 'energy', 'momentum', 'action'],
  ...['mass', 'size', 'material'],
] as ArrayName[];

/** What the stored float32 cannot hold counts as exploded, too. */
function checkFinite(scene: Scene, episode: EpisodeArrays, extent: DatasetExtent): void {
  for (const name of STATES) {
    const values: TypedArray | undefined = episode[name];
    const at = values?.findIndex((value: number) => !Number.isFinite(value)) ?? -1;
    if (values === undefined || at < 0) continue;
    const axes: readonly string[] = arrayTable[name].axes;
    const frames = axes[1] === 'frame' ? extent.frame : 1;
    const perFrame = values.length / frames;
    const body = axes.includes('body')
      ? ` of body "${scene.bodies[Math.floor((at % perFrame) / (perFrame / extent.body))]!.name}"`
      : '';
    throw new Error(
      `the simulation exploded: ${name}${body} is ${values[at]} in frame ${Math.floor(at / perFrame)}; use more substeps or smaller speeds`,
    );
  }
}
