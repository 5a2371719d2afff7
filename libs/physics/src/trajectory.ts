/** What happened: one record a simulation, frame 0 being the initial state. */

/**
 * One contact point of a frame, summed over the frame's substeps: `normal * impulse` is the sum of the normal impulses,
 * `point` their centre.
 */
export interface Contact {
  /** Indices into `scene.bodies`, bodyA < bodyB. */
  readonly bodyA: number;
  readonly bodyB: number;
  /** World position, m */
  readonly point: readonly [number, number, number];
  /** Unit vector from A to B. */
  readonly normal: readonly [number, number, number];
  /** Impulse along the normal, N s, at least 0. */
  readonly impulse: number;
}

/**
 * T frames of N bodies, in the order of `scene.bodies` (static bodies included).
 * Arrays are row-major: element [t, n, k] lies at (t * N + n) * K + k.
 */
export interface Trajectory {
  readonly frames: number;
  readonly bodies: number;
  /** Seconds between frames. */
  readonly dt: number;
  /** [T, N, 3] m */
  readonly position: Float64Array;
  /** [T, N, 4] x, y, z, w */
  readonly quaternion: Float64Array;
  /** [T, N, 3] m/s */
  readonly velocity: Float64Array;
  /** [T, N, 3] rad/s */
  readonly angularVelocity: Float64Array;
  /** [T] J, kinetic plus potential, of the moving bodies */
  readonly energy: Float64Array;
  /** [T, 3] kg m/s, of the moving bodies */
  readonly momentum: Float64Array;
  /** [T, A] actions in [-1, 1], one for each of A actuators, that hold from frame t to t + 1; 0 in the last frame */
  readonly action: Float64Array;
  /** [T] contacts that acted between frame t-1 and frame t (none for t = 0) */
  readonly contacts: readonly (readonly Contact[])[];
}
