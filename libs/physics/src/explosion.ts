/** Detects a simulation that explodes: a state that is not finite, a body that races, a torn joint, or energy from nothing. */
import type { RigidBody } from './body.ts';
import type { Simulation } from './simulation.ts';

/** Joints are held to 1e-12 m; one that is off by more than this could not be held, m or rad. */
const TORN = 1e-6;
/** Up to this speed contacts are proven to hold, m/s. */
const FASTEST = 1e4;

/**
 * A check to be called after each frame, the initial one included. Nothing but actuators and interventions gives energy,
 * whose work is known, so a gain beyond it, rounding and corrected overlap is an explosion: a gain since the start, or
 * within one frame.
 * @returns the check, which throws an error that names the scene, the frame, the body and the remedy
 */
export function createExplosionCheck(simulation: Simulation): (frame: number) => void {
  const { scene, bodies } = simulation;
  const gravity = Math.sqrt(scene.gravity.reduce((s, g) => s + g * g, 0));
  /** The lower of the first and the previous energy, less the work until then, J. */
  let first = Infinity;
  let lowest = Infinity;
  return (frame) => {
    const fail = (body: RigidBody, what: string) =>
      new Error(
        `scene "${scene.name}", frame ${frame}, body "${scene.bodies[bodies.indexOf(body)]!.name}": ${what}; ` +
          'raise "substeps" or check masses and speeds',
      );
    const lost = bodies.find((body) => !isFinite(body) || !Number.isFinite(body.kineticEnergy()));
    if (lost) throw fail(lost, 'its state is not finite');
    const racing = bodies.find(({ velocity }) => velocity.length() > FASTEST);
    if (racing)
      throw fail(
        racing,
        `it moves at ${racing.velocity.length().toPrecision(3)} m/s, more than ${FASTEST} m/s`,
      );
    if (frame > 0)
      for (const { joint, error } of simulation.jointErrors())
        if (error > TORN)
          throw new Error(
            `scene "${scene.name}", frame ${frame}, joint "${joint}": torn by ${error.toPrecision(3)} m or rad; ` +
              'raise "substeps" or check masses and speeds',
          );
    const moving = bodies.filter((body) => body.mass > 0);
    if (moving.length === 0) return;
    const work = simulation.work();
    const energy = simulation.energy() - work;
    const kinetic = moving.reduce((sum, body) => sum + body.kineticEnergy(), 0);
    const weight = gravity * moving.reduce((sum, body) => sum + body.mass, 0);
    // 1 % of the motion and of what fields and actuators store and give, or lifting everything by 1 cm.
    const slack = 0.01 * (kinetic + weight + simulation.fieldEnergy() + Math.abs(work)) + 1e-12;
    const gain = energy - lowest;
    if (gain > slack) {
      const fastest = moving.reduce((a, b) => (b.kineticEnergy() > a.kineticEnergy() ? b : a));
      throw fail(
        fastest,
        `the simulation gained ${gain.toPrecision(3)} J, of which this body moves with the most`,
      );
    }
    if (frame === 0) first = energy;
    lowest = Math.min(first, energy);
  };
}

function isFinite({ position: p, quaternion: q, velocity: v, angularVelocity: w }: RigidBody): boolean {
  return Number.isFinite(p.x + p.y + p.z + q.x + q.y + q.z + q.w + v.x + v.y + v.z + w.x + w.y + w.z);
}
