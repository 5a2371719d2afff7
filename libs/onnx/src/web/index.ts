export { createSession } from './create-session.ts';
export type { SessionOptions } from './create-session.ts';
