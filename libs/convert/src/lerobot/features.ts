/** What a LeRobot dataset holds of ours: names, types and shapes of its features. */
import type { Dataset } from '@orrery/dataset';
import type { Scene } from '@orrery/scene';

export interface Feature {
  readonly dtype: 'video' | 'float32' | 'int64';
  readonly shape: readonly number[];
  readonly names: readonly string[] | null;
  readonly info?: Readonly<Record<string, unknown>>;
}

/** The part of the state that one body has, in the order of `observation.state`. */
const BODY_STATE = [
  ['position', ['x', 'y', 'z']],
  ['quaternion', ['qx', 'qy', 'qz', 'qw']],
  ['velocity', ['vx', 'vy', 'vz']],
  ['angular_velocity', ['wx', 'wy', 'wz']],
] as const;

/** Numbers of a body in `observation.state`. */
export const STATE_WIDTH = 13;

export interface LeRobotLayout {
  /** Frames a second. */
  readonly rate: number;
  /** The key of the pictures. */
  readonly camera: string;
  /** Indices of the bodies in `observation.state`: those that move. */
  readonly bodies: readonly number[];
  readonly features: Readonly<Record<string, Feature>>;
}

const scalar = (dtype: 'float32' | 'int64'): Feature => ({ dtype, shape: [1], names: null });

/**
 * @param scene of any episode: all have the same bodies
 * @throws where frames do not come a whole number of times a second, which LeRobot takes for granted
 */
export function lerobotLayout({ manifest }: Dataset, scene: Scene): LeRobotLayout {
  const { spec, dt, actions } = manifest;
  const rate = Math.round(1 / dt);
  if (Math.abs(rate * dt - 1) > 1e-9)
    throw new Error(
      `dataset "${spec.name}": ${1 / dt} frames a second, and LeRobot wants a whole number; generate it with another dt`,
    );
  const camera = `observation.images.${spec.camera ?? 'camera'}`;
  const bodies = scene.bodies.flatMap(({ mass }, i) => (mass > 0 ? [i] : []));
  const video = {
    ...{ 'video.height': spec.height, 'video.width': spec.width, 'video.channels': 3, 'video.fps': rate },
    ...{ 'video.codec': 'h264', 'video.pix_fmt': 'yuv420p', 'video.is_depth_map': false, has_audio: false },
  };
  const features: Record<string, Feature> = {
    [camera]: {
      ...{ dtype: 'video', shape: [spec.height, spec.width, 3], names: ['height', 'width', 'channels'] },
      info: video,
    },
    'observation.state': {
      dtype: 'float32',
      shape: [STATE_WIDTH * bodies.length],
      names: bodies.flatMap((body) =>
        BODY_STATE.flatMap(([, names]) => names.map((name) => `${manifest.bodies[body]}.${name}`)),
      ),
    },
    ...(actions.length > 0 && {
      action: { dtype: 'float32', shape: [actions.length], names: actions.map(({ name }) => name) },
    }),
    timestamp: scalar('float32'),
    frame_index: scalar('int64'),
    episode_index: scalar('int64'),
    index: scalar('int64'),
    task_index: scalar('int64'),
  };
  return { rate, camera, bodies, features };
}

/** [T, S] `observation.state` of an episode whose arrays are [T, N, ...]. */
export function stateRows(
  arrays: Readonly<Record<(typeof BODY_STATE)[number][0], Float32Array>>,
  bodies: readonly number[],
  count: number,
  frames: number,
): Float32Array[] {
  return Array.from({ length: frames }, (_, t) => {
    const row = new Float32Array(STATE_WIDTH * bodies.length);
    let at = 0;
    for (const body of bodies)
      for (const [name, { length }] of BODY_STATE) {
        const from = (t * count + body) * length;
        row.set(arrays[name].subarray(from, from + length), at);
        at += length;
      }
    return row;
  });
}
