export { toStableHlo } from './lowering.ts';
export type { Layout, LoweringOptions } from './lowering.ts';
export type { ScanForm } from './scan.ts';
export { checkSharding, deviceCount } from './sharding.ts';
export type { Mesh, Partitioner, Sharding } from './sharding.ts';
export { bytesOf } from './types.ts';
export { findComposites } from './composites.ts';
export type { Composite } from './composites.ts';
