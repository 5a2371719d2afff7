import { readFileSync, readdirSync, truncateSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createSession } from '@orrery/onnx/node';
import { foldIn, key, normal } from '@orrery/random';
import { pythonEnvironment, runPython } from '@orrery/python';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { lamp } from './dimmer.fixture.ts';
import { createImagination, decodeSafetensors, exportRun, loadCheckpoint, train } from './index.ts';
import { modelManifestSchema } from './model-manifest.ts';
import { SIDE, smallTraining, squares, temporaryFolder } from './moving-squares.fixture.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const STEPS = 3;
const context = Uint8Array.from([...squares(0, 0, 2), ...squares(4, 1, 2)]);
let run: string;
let onnx: string;
let safetensors: string;
let imagined: Uint8Array;
beforeAll(async () => {
  run = temporaryFolder();
  await train(smallTraining(run));
  onnx = join(run, 'onnx');
  safetensors = join(run, 'safetensors');
  await exportRun({ folder: run, format: 'onnx', out: onnx, batch: 2 });
  await exportRun({ folder: run, format: 'safetensors', out: safetensors });
  const imagination = createImagination(await loadCheckpoint(run), { threads: 1 });
  imagined = (await imagination.rollout({ context }, 2, STEPS)) as Uint8Array;
  await imagination.close();
});

const manifestOf = (folder: string) =>
  modelManifestSchema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('exported as ONNX', () => {
  test('the manifest is enough to imagine what the run imagines, to the byte', async () => {
    const { components, state, batch, world, contextFrames } = manifestOf(onnx);
    const { encode, step } = components!;
    expect(readdirSync(onnx).sort()).toEqual(['encode.onnx', 'manifest.json', 'step.onnx']);
    expect([batch, contextFrames, world]).toEqual([
      2,
      2,
      { sees: 'frames', height: SIDE, width: SIDE, channels: 3, actions: 0 },
    ]);
    const open = ({ file }: { file: string }) =>
      createSession(readFileSync(join(onnx, file)), { threads: 1 });
    const sessions = await Promise.all([open(encode), open(step)]);
    let values = await sessions[0].run({ context });
    const bytes = SIDE * SIDE * 3;
    for (let k = 0; k < STEPS; k++) {
      // Our own sessions give a carried output the name of its input again.
      const feeds = Object.fromEntries(state!.map(({ name, from }) => [name, values[from]]));
      const { frame, ...next } = await sessions[1].run(feeds);
      for (let b = 0; b < 2; b++) {
        const at = (b * STEPS + k) * bytes;
        expect(frame.data.slice(b * bytes, (b + 1) * bytes)).toEqual(imagined.slice(at, at + bytes));
      }
      values = next;
    }
    await Promise.all(sessions.map((session) => session.close()));
  });

  test('it says whose weights these are and what the files hold', () => {
    const manifest = manifestOf(onnx);
    expect(manifest).toMatchObject({
      ...{ family: 'residual-conv', config: { width: 6, blocks: 1, unroll: 2 } },
      trained: {
        seed: 0,
        averaged: true,
        revision: 'test',
        dataset: { name: 'squares', checksum: 'c0ffee' },
      },
    });
    for (const { file, sha256 } of Object.values(manifest.components!))
      expect(hashOf(join(onnx, file))).toBe(sha256);
  });

  test('onnxruntime for Python imagines the same, by the manifest alone', async (context_) => {
    const environment = await pythonEnvironment();
    if ('skipped' in environment) return context_.skip(environment.skipped);
    const program = `
import json, os, sys
import numpy, onnx, onnxruntime
folder, context = sys.argv[1], json.loads(sys.argv[2])
manifest = json.load(open(os.path.join(folder, "manifest.json")))
sessions = {}
for name, component in manifest["components"].items():
    path = os.path.join(folder, component["file"])
    onnx.checker.check_model(onnx.load(path), full_check=True)
    sessions[name] = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert {i.name: i.shape for i in sessions[name].get_inputs()} == {n: t["shape"] for n, t in component["inputs"].items()}
def call(name, feeds):
    outputs = list(manifest["components"][name]["outputs"])
    return dict(zip(outputs, sessions[name].run(outputs, feeds)))
shape = manifest["components"]["encode"]["inputs"]["context"]["shape"]
values = call("encode", {"context": numpy.array(context, numpy.uint8).reshape(shape)})
feeds = {s["name"]: values[s["from"]] for s in manifest["state"]}
frames = []
for _ in range(int(sys.argv[3])):
    values = call("step", feeds)
    feeds = {s["name"]: values[s["next"]] for s in manifest["state"]}
    frames.append(values["frame"])
print(json.dumps(numpy.stack(frames, 1).flatten().tolist()))`;
    const given = [program, onnx, JSON.stringify([...context]), `${STEPS}`];
    const frames = JSON.parse(await runPython(environment.python, '-c', given)) as number[];
    expect(frames).toHaveLength(imagined.length);
    // Another version of onnxruntime may round a value on the border between two bytes the other way.
    frames.forEach((value, i) => expect(Math.abs(value - imagined[i])).toBeLessThanOrEqual(1));
  });
});

test('the manifest names the actions that the components take', async () => {
  const folder = temporaryFolder();
  const config = { context: 1, patch: 1, width: 2, blocks: 0 };
  await train({ ...smallTraining(folder, { steps: 3 }), dataset: lamp, config });
  const out = join(folder, 'onnx');
  await exportRun({ folder, format: 'onnx', out, batch: 2 });
  const { world, components, noise } = manifestOf(out);
  expect(world.actions).toBe(1);
  expect(components!.encode.inputs.actions).toEqual({ dtype: 'f32', shape: [2, 1, 1] });
  expect(components!.step.inputs.action).toEqual({ dtype: 'f32', shape: [2, 1] });
  expect(noise).toEqual([]);
});

describe('exported as safetensors', () => {
  test('holds the weights that are used, the averaged ones here', async () => {
    const { weights } = manifestOf(safetensors);
    const path = join(safetensors, weights!.file);
    expect(hashOf(path)).toBe(weights!.sha256);
    const { arrays, metadata } = decodeSafetensors(readFileSync(path), path);
    const { parameters } = await loadCheckpoint(run);
    expect(Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]))).toEqual(
      parameters,
    );
    expect(Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, shape]))).toEqual(
      weights!.shapes,
    );
    expect(metadata.family).toBe('residual-conv');
  });

  test('safetensors for Python reads them', async (context_) => {
    const environment = await pythonEnvironment();
    if ('skipped' in environment) return context_.skip(environment.skipped);
    const program = `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as file:
    print(json.dumps({"metadata": file.metadata(), "sums": {k: [list(file.get_tensor(k).shape), str(file.get_tensor(k).dtype), file.get_tensor(k).astype("f8").sum()] for k in file.keys()}}))`;
    const path = join(safetensors, 'parameters.safetensors');
    const read = JSON.parse(await runPython(environment.python, '-c', [program, path])) as {
      metadata: Record<string, string>;
      sums: Record<string, [shape: number[], dtype: string, sum: number]>;
    };
    expect(read.metadata).toMatchObject({ format: 'orrery.model', step: expect.any(String) as string });
    const { arrays } = decodeSafetensors(readFileSync(path), path);
    expect(Object.keys(read.sums).sort()).toEqual(Object.keys(arrays).sort());
    for (const [name, [shape, dtype, sum]] of Object.entries(read.sums)) {
      expect([shape, dtype]).toEqual([arrays[name].shape, 'float32']);
      expect(sum).toBeCloseTo(
        arrays[name].data.reduce((total, value) => total + value, 0),
        3,
      );
    }
  });
});

test('exported as a run: the weights that are used, in a folder that is evaluated as the run itself', async () => {
  const out = join(run, 'published');
  const beside = { 'scorecard.json': new TextEncoder().encode('{}') };
  await exportRun({ folder: run, format: 'run', out, beside });
  expect(readdirSync(out).sort()).toEqual(['checkpoints', 'manifest.json', 'run.json', 'scorecard.json']);
  const [whole, published] = [await loadCheckpoint(run), await loadCheckpoint(out)];
  expect(published.parameters).toEqual(whole.parameters);
  expect(published.step).toBe(whole.step);
  expect(published.run).toEqual({
    ...whole.run,
    dataset: { ...whole.run.dataset, path: 'data/squares-tiny' },
  });
});

test('the manifest names the noise that is to be drawn, and its draws are those of an imagination', async () => {
  const folder = temporaryFolder();
  const config = { context: 1, frames: 2, patch: 4, width: 8, blocks: 1, heads: 2, condition: 4 };
  await train({ ...smallTraining(folder, { steps: 3 }), family: 'diffusion-forcing', config });
  const out = join(folder, 'onnx');
  await exportRun({ folder, format: 'onnx', out });
  const { components, noise, state } = manifestOf(out);
  expect(noise).toEqual([{ component: 'step', name: 'noise/noise', distribution: 'normal' }]);
  expect(components!.step.inputs['noise/noise']).toEqual({ dtype: 'f32', shape: [1, 4, 48] });

  const open = ({ file }: { file: string }) => createSession(readFileSync(join(out, file)), { threads: 1 });
  const [encode, step] = await Promise.all([open(components!.encode), open(components!.step)]);
  const imagination = createImagination(await loadCheckpoint(folder), { threads: 1 });
  const given = squares(3, 0, 1);
  const wanted = await imagination.rollout({ context: given }, 1, 2, { keys: [key(4)] });
  let values = await encode.run({ context: given });
  for (let k = 0; k < 2; k++) {
    const feeds = Object.fromEntries(state!.map(({ name, from }) => [name, values[from]]));
    const drawn = normal(foldIn(foldIn(key(4), k + 1), 0), 4 * 48);
    const { frame, ...next } = await step.run({ ...feeds, 'noise/noise': drawn });
    expect(frame.data).toEqual(wanted.slice(k * given.length, (k + 1) * given.length));
    values = next;
  }
  await Promise.all([encode.close(), step.close(), imagination.close()]);
});

describe('what goes wrong is named, and nothing is written', () => {
  test('a folder that is there already', async () => {
    await expect(exportRun({ folder: run, format: 'onnx', out: onnx })).rejects.toThrow(
      `folder "${onnx}": there is something already`,
    );
  });

  test('a batch that is none', async () => {
    const out = join(run, 'none');
    await expect(exportRun({ folder: run, format: 'onnx', out, batch: 0 })).rejects.toThrow('a batch of 0');
    expect(readdirSync(run)).not.toContain('none');
  });

  test('a truncated checkpoint', async () => {
    const folder = temporaryFolder();
    await train(smallTraining(folder, { steps: 3, validationFraction: 0 }));
    truncateSync(join(folder, 'checkpoints/step-00000003.safetensors'), 5000);
    const out = join(folder, 'out');
    await expect(exportRun({ folder, format: 'safetensors', out })).rejects.toThrow('truncated');
    expect(readdirSync(folder).filter((name) => name.includes('out'))).toEqual([]);
  });
});
