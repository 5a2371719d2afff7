/** Scene in, trajectory out. */
import type { Controller, Scene } from '@orrery/scene';
import { createExplosionCheck } from './explosion.ts';
import { startSimulation, type Simulation } from './simulation.ts';
import type { Contact, Trajectory } from './trajectory.ts';

/**
 * Simulates a scene. The same scene gives the same trajectory, bit for bit.
 * @param frames number of frames T, at least 1; frame 0 is the initial state
 * @param controller chooses the action of each frame; without it all actions are 0
 * @throws where the controller returns no action, or where the simulation explodes: an error that names the scene, the frame and the body
 */
export function simulate(scene: Scene, frames: number, controller?: Controller): Trajectory {
  if (!Number.isInteger(frames) || frames < 1)
    throw new Error(`scene "${scene.name}": ${frames} frames; ask for a whole number of at least 1`);
  const n = scene.bodies.length;
  const trajectory = {
    frames,
    bodies: n,
    dt: scene.dt,
    position: new Float64Array(frames * n * 3),
    quaternion: new Float64Array(frames * n * 4),
    velocity: new Float64Array(frames * n * 3),
    angularVelocity: new Float64Array(frames * n * 3),
    energy: new Float64Array(frames),
    momentum: new Float64Array(frames * 3),
    action: new Float64Array(frames * scene.actuators.length),
    contacts: [[]] as Contact[][],
  };
  const simulation = startSimulation(scene);
  record(simulation, trajectory, 0);
  const check = createExplosionCheck(simulation);
  check(0);
  for (let frame = 1; frame < frames; frame++) {
    trajectory.contacts.push(simulation.step(choose(controller, trajectory, scene, frame - 1)));
    record(simulation, trajectory, frame);
    check(frame);
  }
  return trajectory;
}

/** The action that holds from `frame` to the next, entered in the trajectory. */
function choose(
  controller: Controller | undefined,
  trajectory: Trajectory,
  scene: Scene,
  frame: number,
): Float64Array {
  const size = scene.actuators.length;
  const action = trajectory.action.subarray(frame * size, (frame + 1) * size);
  if (!controller) return action;
  const n = scene.bodies.length;
  const state = {
    position: trajectory.position.subarray(frame * n * 3, (frame + 1) * n * 3),
    quaternion: trajectory.quaternion.subarray(frame * n * 4, (frame + 1) * n * 4),
    velocity: trajectory.velocity.subarray(frame * n * 3, (frame + 1) * n * 3),
    angularVelocity: trajectory.angularVelocity.subarray(frame * n * 3, (frame + 1) * n * 3),
  };
  const chosen = controller(state, frame);
  if (chosen.length !== size || !chosen.every((a) => a >= -1 && a <= 1))
    throw new Error(
      `scene "${scene.name}", frame ${frame}: action [${chosen.join(', ')}]; give one number in [-1, 1] for each of ` +
        `the ${size} actuators`,
    );
  action.set(chosen);
  return action;
}

function record(simulation: Simulation, trajectory: Trajectory, frame: number): void {
  const { bodies } = simulation;
  bodies.forEach((body, i) => {
    const at = frame * bodies.length + i;
    const { position: p, quaternion: q, velocity: v, angularVelocity: w } = body;
    trajectory.position.set([p.x, p.y, p.z], 3 * at);
    trajectory.quaternion.set([q.x, q.y, q.z, q.w], 4 * at);
    trajectory.velocity.set([v.x, v.y, v.z], 3 * at);
    trajectory.angularVelocity.set([w.x, w.y, w.z], 3 * at);
    trajectory.momentum[3 * frame]! += body.mass * v.x;
    trajectory.momentum[3 * frame + 1]! += body.mass * v.y;
    trajectory.momentum[3 * frame + 2]! += body.mass * v.z;
  });
  trajectory.energy[frame] = simulation.energy();
}
