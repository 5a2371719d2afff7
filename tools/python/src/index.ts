export { jaxEnvironment, launchEnvironment, pythonEnvironment, torchEnvironment } from './environment.ts';
export type { EnvironmentOptions, PythonEnvironment } from './environment.ts';
export { runPython } from './run.ts';
