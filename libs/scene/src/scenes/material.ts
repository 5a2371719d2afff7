/** Contact coefficients of a whole scene, and masses from densities (kg/m³) and sizes (m). */
import { exponential, naturalLogarithm } from '@orrery/numerics';
import type { Vec3 } from '../quantities.ts';
import type { Material } from '../scene.ts';

/**
 * The material that gives each pair of such bodies these coefficients.
 * A pair multiplies restitutions and takes the geometric mean of frictions: each body gets the root, or the value.
 */
export const pairMaterial = (restitution: number, friction: number): Material => ({
  restitution: Math.sqrt(restitution),
  friction,
});

/** kg. In products, because engines may round powers differently. */
export const ballMass = (density: number, radius: number): number =>
  density * (4 / 3) * Math.PI * radius * radius * radius;
export const boxMass = (density: number, [x, y, z]: Vec3): number => density * 8 * x * y * z;
export const capsuleMass = (density: number, radius: number, halfLength: number): number =>
  density * Math.PI * radius * radius * (2 * halfLength + (4 / 3) * radius);
/** m: the radius at which a ball of this density has this mass. */
export const ballRadius = (density: number, mass: number): number =>
  exponential(naturalLogarithm((3 * mass) / (4 * Math.PI * density)) / 3);
