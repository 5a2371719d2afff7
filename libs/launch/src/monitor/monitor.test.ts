import { describe, expect, test } from 'vitest';
import { machineOf } from '../catalogue/catalogue.ts';
import { readDcgm } from './dcgm.ts';
import { readNeuronMonitor } from './neuron-monitor.ts';
import { modelUtilization } from './utilization.ts';

const trn2 = machineOf('trn2.48xlarge');

/** The examples of the user guide, put together. */
const report = {
  neuron_runtime_data: [
    {
      ...{ pid: 0, address: '', neuron_runtime_tag: 'my_app_1', error: '' },
      report: {
        neuroncore_counters: {
          period: 1.000113182,
          neuroncores_in_use: {
            '0': {
              neuroncore_utilization: 42.01,
              flops: 1234567891011,
              v3d: { 'nc_v3.0': { neuroncore_utilization: 21.01 } },
            },
            '1': { neuroncore_utilization: 42.02, flops: 1234567891021 },
          },
          error: '',
        },
        execution_stats: {
          error_summary: { generic: 0, numerical: 2, transient: 0, model: 0, runtime: 0, hardware: 1 },
          latency_stats: { total_latency: null },
        },
        memory_used: {
          period: 1,
          neuron_runtime_used_bytes: { host: 6997643264, neuron_device: 12519788544 },
        },
      },
    },
  ],
  instance_info: { instance_type: 'trn2.48xlarge', error: '' },
};

describe('neuron-monitor', () => {
  test('cores are added up and divided among the chips of the machine', () => {
    const reading = readNeuronMonitor(JSON.stringify(report), trn2, 'bf16');
    expect(reading).toMatchObject({
      devices: 2,
      memory: 12519788544,
      errors: 3,
      peak: 'trn2.bf16.published',
    });
    expect(reading.hardwareTflops).toBeCloseTo((1.234567891011 + 1.234567891021) / 16, 9);
    expect(reading.hfu).toBeCloseTo(reading.hardwareTflops! / 667, 12);
    expect(reading.busy).toBeCloseTo(0.42015, 9);
  });

  test('a machine on which nothing runs says so, and no utilisation', () => {
    expect(readNeuronMonitor('{"neuron_runtime_data": []}', trn2, 'bf16')).toEqual({
      ...{ source: 'neuron-monitor', devices: 0, errors: 0 },
    });
  });

  test('something else is refused', () => {
    expect(() => readNeuronMonitor('Neuron 2.33', trn2, 'bf16')).toThrow(
      'neuron-monitor: a line is no JSON ("Neuron 2.33")',
    );
    expect(() => readNeuronMonitor('{"a": 1}', trn2, 'bf16')).toThrow('neuron-monitor: neuron_runtime_data');
  });
});

describe('DCGM', () => {
  const text = `# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-a",device="nvidia0",modelName="NVIDIA H200"} 512.5
DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="GPU-b",device="nvidia1",modelName="NVIDIA \\"H200\\""} 487.5
DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-a"} 1024
DCGM_FI_DEV_FB_USED{gpu="1",UUID="GPU-b"} 2048
DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="GPU-a"} 0
DCGM_FI_DEV_XID_ERRORS{gpu="1",UUID="GPU-b"} 79
DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{gpu="0",UUID="GPU-a"} 0.5
DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{gpu="1",UUID="GPU-b"} 0.25
process_cpu_seconds_total 12.5
`;

  test('GPUs are added up; the tensor pipe is a mean', () => {
    expect(readDcgm(text)).toEqual({
      ...{ source: 'dcgm', devices: 2, power: 1000, memory: 3 * 2 ** 30, busy: 0.375, errors: 1 },
    });
  });

  test('what is not there is absent', () => {
    expect(readDcgm('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 41\n')).toEqual({ source: 'dcgm', devices: 1, errors: 0 });
    expect(() => readDcgm('up 1\n')).toThrow('dcgm: no DCGM_FI_ field');
  });
});

test('model FLOPs of all machines, of a chip, of a named peak', () => {
  // 2 machines of 16 chips at 400 TFLOP/s each.
  const line = { time: { at: '', seconds: 1, samplesPerSecond: 1, gflops: 2 * 16 * 400e3 } };
  const { tflops, mfu, peak } = modelUtilization(line, trn2, 2, 'bf16');
  expect([tflops, peak]).toEqual([400, 'trn2.bf16.published: 667 TFLOP/s a chip']);
  expect(mfu).toBeCloseTo(400 / 667, 12);
});
