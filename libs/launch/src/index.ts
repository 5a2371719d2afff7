export { workload } from './workload/workload.ts';
export type { Workload, WorkloadRequest } from './workload/workload.ts';
export { neuronReport, primitives, programNames } from './workload/neuron.ts';
export type { NeuronReport, ProgramName } from './workload/neuron.ts';
