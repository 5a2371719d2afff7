export { simulate } from './simulate.ts';
export { startSimulation, type Simulation } from './simulation.ts';
export type { Contact, Trajectory } from './trajectory.ts';
