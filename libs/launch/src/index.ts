export { workload } from './workload/workload.ts';
export type { Workload, WorkloadRequest } from './workload/workload.ts';
export { neuronReport, primitives, programNames } from './workload/neuron.ts';
export type { NeuronReport, ProgramName } from './workload/neuron.ts';
export { catalogue, machineOf, overridesSchema } from './catalogue/catalogue.ts';
export type { Machine, Overrides } from './catalogue/catalogue.ts';
export type { Catalogue, Chip, Confidence, Figure, Instance, Peak, Price } from './catalogue/schema.ts';
export { engineNames, meshSchema, runSpecSchema } from './spec/schema.ts';
export type { EngineName, Mesh, RunSpec, RunSpecInput } from './spec/schema.ts';
export { layoutOf } from './spec/layout.ts';
export { quote } from './spec/shell.ts';
export { validate } from './spec/validate.ts';
export type { Problem } from './spec/validate.ts';
export { engineOf } from './engines/registry.ts';
export type { Engine, JobIds, JobState, Upload } from './engines/engine.ts';
export { capacities, parallelCluster, parallelClusterSchema, queueName } from './cluster/parallel-cluster.ts';
export type { ParallelCluster, Queue } from './cluster/parallel-cluster.ts';
export { demandOf } from './plan/demand.ts';
export type { Demand, Tile } from './plan/demand.ts';
export { estimate, productEfficiency } from './plan/estimate.ts';
export type { Bounds, Estimate, EstimateOptions, Goal } from './plan/estimate.ts';
export { hostTime } from './plan/host.ts';
export type { HostMachine, HostTime } from './plan/host.ts';
export { rooflineSvg } from './plan/chart.ts';
export { fetchRun } from './job/fetch.ts';
export {
  canUpload,
  hasEnded,
  jobLogs,
  jobState,
  stopJob,
  submit,
  waitForEnd,
  writeFiles,
} from './job/job.ts';
export { findRecord, LAUNCH_FILE, requestOf, specMachine } from './job/record.ts';
export type { LaunchRecord } from './job/record.ts';
export { runCommand } from './job/run-command.ts';
export type { CommandOptions } from './job/run-command.ts';
export { readDcgm } from './monitor/dcgm.ts';
export { readNeuronMonitor } from './monitor/neuron-monitor.ts';
export { modelUtilization } from './monitor/utilization.ts';
export type { ModelUtilization, Reading } from './monitor/utilization.ts';
