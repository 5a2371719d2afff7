export { bounce, bounceConfigSchema, type BounceConfig } from './bounce.ts';
export type { SceneDefinition } from './definition.ts';
export { axisAngle, planeNormal, rotate, rotateInverse } from './geometry.ts';
export { parseScene } from './parse.ts';
export { sceneDefinition, scenes } from './registry.ts';
export {
  bodySchema,
  cameraSchema,
  colorSchema,
  lightSchema,
  materialSchema,
  quaternionSchema,
  sceneSchema,
  shapeSchema,
  vec3Schema,
  type Body,
  type Camera,
  type Color,
  type Light,
  type Material,
  type Quaternion,
  type Scene,
  type SceneInput,
  type Shape,
  type Vec3,
} from './scene.ts';
export { trackedBodies } from './tracked.ts';
