export { actuatorSchema, actuatorUnits, type Actuator } from './actuators.ts';
export { bounce, bounceConfigSchema, type BounceConfig } from './scenes/bounce.ts';
export { occluder } from './scenes/occluder.ts';
export {
  drawFrom,
  rangeSchema,
  shiftConfig,
  type Factor,
  type Range,
  type SceneConfig,
  type SceneDefinition,
} from './definition.ts';
export { distance } from './distance.ts';
export { fieldSchema, type Field } from './fields.ts';
export { axisAngle, planeNormal, rotate, rotateInverse } from './geometry.ts';
export { appearances, interventionSchema, type Appearance, type Intervention } from './interventions.ts';
export { jointSchema, type Joint } from './joints.ts';
export { parseScene } from './parse.ts';
export type { BodyStates, Controller, Policy } from './policy.ts';
export {
  colorSchema,
  quaternionSchema,
  vec3Schema,
  type Color,
  type Quaternion,
  type Vec3,
} from './quantities.ts';
export { sceneDefinition, scenes } from './scenes/registry.ts';
export {
  bodySchema,
  cameraSchema,
  lightSchema,
  materialSchema,
  sceneSchema,
  shapeSchema,
  type Body,
  type Camera,
  type Light,
  type Material,
  type Scene,
  type SceneInput,
  type Shape,
} from './scene.ts';
export { trackedBodies } from './tracked.ts';
export { wheelSchema, type Wheel } from './wheels.ts';
