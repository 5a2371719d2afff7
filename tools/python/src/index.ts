export {
  jaxEnvironment,
  launchEnvironment,
  pythonEnvironment,
  rayEnvironment,
  torchEnvironment,
} from './environment.ts';
export type { EnvironmentOptions, PythonEnvironment } from './environment.ts';
export { runPython } from './run.ts';
