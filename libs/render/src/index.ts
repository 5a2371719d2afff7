export { createView, project, unproject } from './camera.ts';
export type { Projection, View } from './camera.ts';
export { opticalFlow } from './flow.ts';
export type { Frame, Poses } from './frame.ts';
export { createFrame, createRenderer } from './renderer.ts';
export type { PictureSize, Renderer } from './renderer.ts';
export { decodeSrgb, encodeSrgb } from './srgb.ts';
