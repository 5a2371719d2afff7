/** How busy machines are: what their monitors say, and what a training's own speed says, each of a named peak. */
import type { StepLine } from '@orrery/train';
import { peakOf, type Machine } from '../catalogue/catalogue.ts';
import type { Precision } from '@orrery/graph';

/** One reading of a monitor of one machine. What it does not tell is absent. */
export interface Reading {
  readonly source: 'neuron-monitor' | 'dcgm';
  /** Accelerators, or logical cores, that it speaks of. */
  readonly devices: number;
  /** FLOPs that the hardware did in a second, TFLOP/s of a chip: recomputation and transposes too. */
  readonly hardwareTflops?: number;
  /** `hardwareTflops` as a fraction of the peak: hardware utilisation (HFU), which is no MFU. */
  readonly hfu?: number;
  /** Id of the peak that `hfu` is a fraction of. */
  readonly peak?: string;
  /** Fraction of the time in which the matrix engine worked; the mean of all devices. */
  readonly busy?: number;
  /** Bytes of device memory in use, of the whole machine. */
  readonly memory?: number;
  /** W, of all devices. */
  readonly power?: number;
  /** Executions, or devices, that reported an error. */
  readonly errors: number;
}

/** Model FLOPs utilisation of one update, as local training logs it, of a chip's peak. */
export interface ModelUtilization {
  /** TFLOP/s of a chip. */
  readonly tflops: number;
  readonly mfu: number;
  /** "trn2.bf16.published: 667 TFLOP/s a chip" */
  readonly peak: string;
}

/** @param line of `metrics.jsonl`, whose `gflops` are those of all machines */
export function modelUtilization(
  { time: { gflops } }: Pick<StepLine, 'time'>,
  machine: Machine,
  nodes: number,
  precision: Precision,
): ModelUtilization {
  const { id, tflops: best } = peakOf(machine, precision);
  const tflops = gflops / 1000 / (machine.instance.chips * nodes);
  return { tflops, mfu: tflops / best.value, peak: `${id}: ${best.value} TFLOP/s a chip` };
}
