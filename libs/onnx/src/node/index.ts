export { createSession } from './create-session.ts';
export type { SessionOptions } from './create-session.ts';
export { runtimeInfo } from './runtime-info.ts';
export type { RuntimeInfo } from './runtime-info.ts';
export { bestGemm } from './best-gemm.ts';
export type { GemmRate } from './best-gemm.ts';
export { hostRates } from './host-rates.ts';
export type { HostRates } from './host-rates.ts';
