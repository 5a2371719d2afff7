export { toOnnx } from './lowering.ts';
export type { LoweringOptions } from './lowering.ts';
export { ProtobufWriter } from './protobuf.ts';
export { signatureOf } from './signature.ts';
export type { Signature, TensorType } from './signature.ts';
export { checkFeeds, checkOutputs } from './session.ts';
export type { RunOptions, Session, SessionFeeds, TensorData } from './session.ts';
