/** Bodies that attract one another by Newton's law: planets about a star. */
import { cosine, sine } from '@orrery/numerics';
import { foldIn, split, uniformScalar, type Key } from '@orrery/random';
import { z } from 'zod';
import { drawFrom, rangeSchema, timing, type SceneDefinition } from '../definition.ts';
import { parseScene } from '../parse.ts';
import type { Vec3 } from '../quantities.ts';
import type { Scene } from '../scene.ts';
import { frontCamera, IN_PLANE } from './front.ts';
import { PALETTE } from './palette.ts';

/** G, m³/(kg s²): units in which a star of 1 kg holds a planet at 1 m in 2 pi seconds. */
const CONSTANT = 1;
const VIEW = 4.4;
/** Radii of the orbits of planets, m: the first, and from one to the next; each is moved by up to `JITTER`. */
const [FIRST_ORBIT, NEXT_ORBIT, JITTER] = [0.6, 0.48, 0.04];
const MOST_PLANETS = 3;
/** Radius of the star, m. */
const STAR = 0.24;

export const nbodyConfigSchema = z.strictObject({
  /** Number of bodies, the star included. */
  bodies: z
    .int()
    .min(2)
    .max(MOST_PLANETS + 1)
    .default(4),
  /** Mass of each planet, kg; the star has 1 kg. */
  mass: rangeSchema(0.001, 0.004, 1e-6),
  /** Eccentricity of each planet's orbit, as if it were alone with the star. */
  eccentricity: rangeSchema(0, 0.1, 0, 0.9),
  /** Plummer's softening s of the attraction G m M / (r² + s²), m: close encounters stay finite. */
  softening: z.number().min(0).default(0.05),
  ...timing(0.1, 20),
  shifts: z
    .strictObject({ mass: rangeSchema(0.006, 0.01, 1e-6), eccentricity: rangeSchema(0.15, 0.25, 0, 0.9) })
    .prefault({}),
});
export type NbodyConfig = z.infer<typeof nbodyConfigSchema>;

/**
 * Orbits are bound and in view for 100 frames; the centre of mass rests in the middle of the picture. Bodies pass
 * through each other instead of colliding. Depth and rotation do not vary: all is in one plane, seen from the front.
 */
export const nbody: SceneDefinition<NbodyConfig> = {
  name: 'nbody',
  description: 'A star and planets that attract one another by Newton’s law',
  config: nbodyConfigSchema,
  factors: {
    mass: { unit: 'kg', description: 'mass of each planet' },
    eccentricity: { unit: '1', description: 'eccentricity of each orbit' },
  },
  sample: sampleNbody,
};

/** A body in the plane of the picture: x to the right, y up. */
interface Particle {
  readonly mass: number;
  readonly radius: number;
  readonly place: readonly [number, number];
  readonly velocity: readonly [number, number];
  /** What `factors` say of it. */
  readonly drawn?: { readonly mass: number; readonly eccentricity: number };
}

function sampleNbody(key: Key, config: NbodyConfig): Scene {
  const particles = atRest(starAndPlanets(key, config));
  return parseScene({
    name: 'nbody',
    bodies: particles.map(({ mass, radius, place: [x, z], velocity: [vx, vz] }, i) => ({
      name: COLORS[i]![0],
      color: COLORS[i]![1],
      shape: { kind: 'sphere' as const, radius },
      mass,
      material: { restitution: 1, friction: 0 },
      position: [x, 0, z] as Vec3,
      velocity: [vx, 0, vz] as Vec3,
      ...IN_PLANE,
      collides: false,
    })),
    gravity: [0, 0, 0],
    fields: [{ kind: 'gravitation', constant: CONSTANT, softening: config.softening }],
    camera: frontCamera(0, 0, VIEW),
    light: { direction: [0.4, 1, -0.6], intensity: 0.6, ambient: 0.5, shadows: false },
    background: [0.01, 0.01, 0.015],
    dt: config.dt,
    substeps: config.substeps,
    factors: {
      bodies: config.bodies,
      ...Object.fromEntries(
        particles.flatMap(({ drawn }, i) =>
          Object.entries(drawn ?? {}).map(([name, value]) => [`${COLORS[i]![0]}_${name}`, value]),
        ),
      ),
    },
  });
}

/** The star is yellow. */
const COLORS = [PALETTE[3]!, PALETTE[0]!, PALETTE[1]!, PALETTE[2]!] as const;

/** Circular speed about a mass at a distance, with the softened attraction, m/s. */
const circularSpeed = (mass: number, distance: number, softening: number): number =>
  Math.sqrt((CONSTANT * mass * distance * distance) / softened(distance, softening));
/** The cube of the softened distance, of which the attraction's inverse square is r / s³. */
const softened = (distance: number, softening: number): number => {
  const square = distance * distance + softening * softening;
  return square * Math.sqrt(square);
};

/** Each planet starts at the farthest or nearest point of its orbit, anywhere around the star; all turn the same way. */
function starAndPlanets(key: Key, config: NbodyConfig): Particle[] {
  const way = uniformScalar(foldIn(key, 0)) < 0.5 ? 1 : -1;
  const orbiting = Array.from({ length: config.bodies - 1 }, (_, i): Particle => {
    const [massKey, eccentricityKey, endKey, angleKey, jitterKey, sizeKey] = split(
      foldIn(key, i + 1),
      6,
    ) as Key[];
    const mass = drawFrom(massKey!, config.mass);
    const eccentricity = drawFrom(eccentricityKey!, config.eccentricity);
    const end = uniformScalar(endKey!) < 0.5 ? eccentricity : -eccentricity;
    const distance = (FIRST_ORBIT + i * NEXT_ORBIT + uniformScalar(jitterKey!, -JITTER, JITTER)) * (1 + end);
    // Vis-viva at the apsides: v² = G M (1 -+ e) / r.
    const speed = way * circularSpeed(1 + mass, distance, config.softening) * Math.sqrt(1 - end);
    const angle = uniformScalar(angleKey!, 0, 2 * Math.PI);
    const [c, s] = [cosine(angle), sine(angle)];
    return {
      mass,
      radius: uniformScalar(sizeKey!, 0.13, 0.16),
      place: [distance * c, distance * s],
      velocity: [-speed * s, speed * c],
      drawn: { mass, eccentricity },
    };
  });
  return [{ mass: 1, radius: STAR, place: [0, 0], velocity: [0, 0] }, ...orbiting];
}

/** The particles in the frame in which their centre of mass rests at the origin. */
function atRest(particles: readonly Particle[]): Particle[] {
  const total = particles.reduce((sum, { mass }) => sum + mass, 0);
  const mean = (pick: (particle: Particle) => readonly [number, number], k: 0 | 1) =>
    particles.reduce((sum, particle) => sum + particle.mass * pick(particle)[k], 0) / total;
  const [x, y] = [mean(({ place }) => place, 0), mean(({ place }) => place, 1)];
  const [vx, vy] = [mean(({ velocity }) => velocity, 0), mean(({ velocity }) => velocity, 1)];
  return particles.map((particle) => ({
    ...particle,
    place: [particle.place[0] - x, particle.place[1] - y],
    velocity: [particle.velocity[0] - vx, particle.velocity[1] - vy],
  }));
}
