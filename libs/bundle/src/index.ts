export { ensureBundle } from './ensure-bundle.ts';
export type { EnsuredBundle } from './ensure-bundle.ts';
export { bundleSchema, flopsSchema, meshAxes } from './manifest.ts';
export type { Bundle, BundledInput, BundledProgram, Flops } from './manifest.ts';
export { readBundle } from './read-bundle.ts';
export type { ReadBundle } from './read-bundle.ts';
export { writeBundle } from './write-bundle.ts';
export type { BundleOptions } from './write-bundle.ts';
