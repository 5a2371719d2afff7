/** The named peak that model FLOPs utilisation (Chowdhery et al., 2022, appendix B) is a fraction of. */
import { availableParallelism } from 'node:os';
import { bestGemm, runtimeInfo } from '@orrery/onnx/node';

export interface Peak {
  /** "onnxruntime 1.30.0 on the CPU, f32 product of 512, 2 threads" */
  readonly name: string;
  readonly gflops: number;
}

/**
 * The best matrix product of the runtime that trains, on this machine and now.
 * @param seconds of measurement, about
 */
export async function measurePeak(threads = availableParallelism(), seconds = 0.8): Promise<Peak> {
  const [{ version }, { gflops, size }] = await Promise.all([runtimeInfo(), bestGemm({ threads, seconds })]);
  return { name: `onnxruntime ${version} on the CPU, f32 product of ${size}, ${threads} threads`, gflops };
}
