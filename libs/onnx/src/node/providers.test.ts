/** Execution providers other than the CPU's. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { add, input, program } from '@orrery/graph';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '../index.ts';
import { createSession } from './create-session.ts';
import { softwareVulkan } from './swiftshader.fixture.ts';

const x = input('x', [1]);
const graph = program({ y: add(x, x) });
const run = (args: readonly string[], variables: NodeJS.ProcessEnv) =>
  promisify(execFile)(process.execPath, args, { env: { ...variables, FORCE_COLOR: '0' } });

describe.each([true, false])('a provider that is missing (worker: %s)', (worker) => {
  test('an unknown one is named, with those that there are', async () => {
    const error: unknown = await createSession(graph, { provider: 'tpu' as 'cpu', worker }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({
      provider: 'tpu',
      message: 'provider "tpu": not known here; give one of "cpu", "webgpu", "cuda"',
    });
  });

  /** In a process of its own: onnxruntime and Vulkan look around once, and complain to stderr. */
  const refusal = async (provider: string, variables: NodeJS.ProcessEnv) => {
    const script = `
      import { createSession } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
      import { add, input, program } from ${JSON.stringify(import.meta.resolve('@orrery/graph'))};
      const x = input('x', [1]);
      await createSession(program({ y: add(x, x) }), { provider: ${JSON.stringify(provider)}, worker: ${worker} })
        .then((session) => session.close(), ({ name, message }) => console.log(name + ': ' + message));`;
    const { stdout } = await run(['--input-type=module', '-e', script], variables);
    return stdout;
  };

  test('CUDA: what it needs, and what to use instead', async () => {
    // Hidden where there is one.
    expect(await refusal('cuda', { ...process.env, CUDA_VISIBLE_DEVICES: '' })).toMatch(
      /^ProviderError: provider "cuda": .+; it needs Linux x64 .+ CUDA 12 .+"ONNXRUNTIME_NODE_INSTALL=cuda12 .+", or use "cpu"\n$/,
    );
  });

  test('WebGPU: what it needs, and what serves without a GPU', async () => {
    expect(await refusal('webgpu', { ...process.env, VK_DRIVER_FILES: '/nowhere.json' })).toMatch(
      /^ProviderError: provider "webgpu": .+; it needs a GPU .+SwiftShader serves: VK_DRIVER_FILES=.+, or use "cpu"\n$/,
    );
  });
});

test('WebGPU agrees with the reference evaluator to 1e-4, op by op, and trains', async (context) => {
  const vulkan = softwareVulkan();
  if ('skipped' in vulkan) return context.skip(vulkan.skipped);
  const script = fileURLToPath(new URL('webgpu.fixture.ts', import.meta.url));
  const { stdout } = await run([script], vulkan.variables);
  const result = JSON.parse(stdout) as { programs: number; wrong: object; losses: number };
  expect(result.wrong).toEqual({});
  expect(result.programs).toBeGreaterThan(100);
  expect(result.losses).toBeLessThan(1);
}, 240_000);
