import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { input, matmul, mean, add, silu, square, type Tensor } from '@orrery/graph';
import { jaxEnvironment, runPython } from '@orrery/python';
import { decodeSafetensors, loadCheckpoint, planRun } from '@orrery/train';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBundle } from './ensure-bundle.ts';
import { readBundle } from './read-bundle.ts';
import {
  furthest,
  makeDataset,
  requestFor,
  run,
  temporaryFolder,
  trainHere,
  trainOnXla,
  validationsIn,
} from './runner.fixture.ts';
import { tensorParallelDimensions } from './tensor-parallel.ts';
import { writeBundle, type BundleOptions } from './write-bundle.ts';

const environment = await jaxEnvironment();
const skipped = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));
const [data, bundle] = [join(root, 'data'), join(root, 'bundle')];
let request: Awaited<ReturnType<typeof requestFor>>;
beforeAll(async () => {
  await makeDataset(data, 'push');
  request = await requestFor('state-mlp', data, { steps: 6, stepsPerCall: 3, checkpointEvery: 3 });
  await writeBundle({ ...request, out: bundle });
});

describe('a bundle', () => {
  test('is a folder that says what its files are', async () => {
    expect(readdirSync(bundle).sort()).toEqual([
      ...[
        'encode.mlir',
        'flops.json',
        'imagination.py',
        'io.json',
        'requirements.txt',
        'run.json',
        'run.py',
        'schedule.safetensors',
      ],
      ...['serve.py', 'state.safetensors', 'step.mlir', 'train.mlir', 'validate.mlir'],
    ]);
    const { bundle: io, flops, run: recorded } = await readBundle(bundle);
    const plan = await planRun(request);
    expect(recorded).toEqual(plan.run);
    for (const { file, sha256 } of Object.values(io.programs)) {
      expect(
        createHash('sha256')
          .update(readFileSync(join(bundle, file)))
          .digest('hex'),
      ).toBe(sha256);
    }
    expect(flops.train.modelFlops).toBe(plan.flopsPerStep);
    expect(flops.train.forwardFlops).toBeLessThan(flops.train.modelFlops / 2);
    const read = (file: string) => decodeSafetensors(readFileSync(join(bundle, file)), file).arrays;
    expect(read('state.safetensors')).toEqual(plan.initialState());
    expect([...read('schedule.safetensors').learningRate.data]).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => Math.fround(plan.learningRate(step))),
    );
    const { inputs, outputs } = io.programs.train;
    const roles = (role: string) => inputs.filter((own) => own.role === role).map(({ name }) => name);
    expect(roles('batch')).toEqual(['clips', 'bodies', 'actions']);
    expect(roles('scalar').sort()).toEqual(['learningRate', 'step']);
    expect(roles('state')).toEqual(
      Object.keys(plan.initialState()).filter((name) => roles('state').includes(name)),
    );
    for (const { name, role, donatedTo } of inputs)
      expect(donatedTo).toBe(role === 'state' ? name : undefined);
    expect(outputs.find(({ name }) => name === 'loss')!.role).toBe('loss');
    const kernel = inputs.find(({ name }) => name.endsWith('.kernel') && name.startsWith('parameters/'))!;
    const memory = inputs.find(({ name }) => name === kernel.name.replace('parameters/', 'moment1/'))!;
    expect(memory.sharding).toEqual(kernel.sharding);
  });

  test('is whole or not there', async () => {
    await expect(writeBundle({ ...request, out: bundle })).rejects.toThrow('there is something already');
    const out = join(root, 'none');
    await expect(writeBundle({ ...request, config: { width: 0 }, out })).rejects.toThrow('model.width');
    await expect(writeBundle({ ...request, batch: 0, out })).rejects.toThrow('a batch of 0');
    await expect(writeBundle({ ...request, mesh: { sequence: 2 }, out })).rejects.toThrow(
      'mesh sequence=2: the model has no axis of tokens',
    );
    expect(existsSync(out)).toBe(false);
  });

  test('says what its products compute in', async () => {
    const operands = async (precision: 'f32' | 'tf32' | 'bf16') => {
      const out = join(root, precision);
      await writeBundle({ ...request, out, precision });
      const products = readFileSync(join(out, 'train.mlir'), 'utf8').match(/dot_general.*/g)!;
      expect(products.length).toBeGreaterThan(5);
      return new Set(
        products.map((line) => /precision = \[(\w+)/.exec(line)?.[1] ?? /xbf16>, tensor/.test(line)),
      );
    };
    expect([...(await operands('f32'))]).toEqual(['HIGHEST']);
    expect([...(await operands('tf32'))]).toEqual(['DEFAULT']);
    expect([...(await operands('bf16'))]).toEqual([true]);
    const narrow = {
      ...request,
      out: join(root, 'trn2-tf32'),
      precision: 'tf32' as const,
      target: 'trn2' as const,
    };
    await expect(writeBundle(narrow)).rejects.toThrow('tf32 for trn2');
  });

  test('has attention and norms as composites, and tokens that a mesh may cut', async () => {
    const texts = async (name: string, options: Partial<BundleOptions>) => {
      const out = join(root, name);
      await writeBundle({ ...(await requestFor('diffusion-forcing', data)), out, ...options });
      return ['train', 'step'].map((program) => readFileSync(join(out, `${program}.mlir`), 'utf8'));
    };
    const count = (text: string, part: string) => text.split(part).length - 1;
    const [train, step] = await texts('composites', {});
    // A block has three norms, two attentions and two norms of queries and keys each; the head has a norm.
    const names = ['layer_norm', 'attention', 'rms_norm'].map(
      (name) => `stablehlo.composite "orrery.${name}"`,
    );
    expect(names.map((name) => count(train, name))).toEqual([4, 2, 4]);
    for (const name of names) expect(count(step, name)).toBeGreaterThan(1);
    expect(count(train, '{"sequence"}')).toBe(4);
    const [cut] = await texts('both', { mesh: { sequence: 2, tensor: 2 } });
    expect(count(cut, '{"sequence", "tensor"}')).toBe(4);
    for (const [name, options] of Object.entries({
      none: { composites: false },
      trn2: { target: 'trn2' } as const,
    }))
      expect((await texts(`composites-${name}`, options)).map((text) => count(text, 'composite'))).toEqual([
        0, 0,
      ]);
  });

  test('that is damaged says so', async () => {
    const out = join(root, 'damaged');
    await writeBundle({ ...request, out });
    writeFileSync(join(out, 'flops.json'), '{"format": "orrery.flops", "version": 2}');
    await expect(readBundle(out)).rejects.toThrow('flops.json field "version"');
    await expect(readBundle(root)).rejects.toThrow('cannot read io.json');
  });
});

describe('a bundle that is there already', () => {
  const out = join(root, 'ensured');
  const wanted = () => ({ ...request, out });
  const kept = () => statSync(join(out, 'io.json')).ino;

  test('is used again where it says the same', async () => {
    expect(await ensureBundle(wanted())).toEqual({ done: 'written' });
    const before = kept();
    expect(await ensureBundle(wanted())).toEqual({ done: 'found' });
    expect(kept()).toBe(before);
  });

  test.each<[string, () => object, RegExp]>([
    [
      'another mesh',
      () => ({ mesh: { fsdp: 4 } }),
      /^mesh \(\{"data":1,"fsdp":1,"sequence":1,"tensor":1\}, not \{.*"fsdp":4/,
    ],
    ['another compiler', () => ({ target: 'trn2' }), /^target \(none, not "trn2"\)/],
    ['another program', () => ({ revision: 'next' }), /^revision \("test", not "next"\)/],
    ['more checkpoints to keep', () => ({ training: { ...request.training, keep: 9 } }), /^training \(/],
    ['a program that nobody can name', () => ({ revision: 'test-dirty' }), /^revision \(test-dirty\)/],
  ])('is written anew for %s', async (_, more, change) => {
    await ensureBundle(wanted());
    const made = await ensureBundle({ ...wanted(), ...more() });
    expect(made).toEqual({ done: 'replaced', changes: [expect.stringMatching(change) as string] });
    expect((await ensureBundle(wanted())).done).toBe('replaced');
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test.each<[string, () => object, RegExp]>([
    [
      'another batch',
      () => ({ training: { ...request.training, batch: 4 } }),
      /training.batch \(8, not 4\);/,
    ],
    ['another precision', () => ({ precision: 'bf16' }), /precision \("f32", not "bf16"\);/],
    ['a mesh that clips cannot be cut for', () => ({ mesh: { fsdp: 16 } }), /no multiple of 16/],
    ['another start', () => ({ start: { step: 3, state: {} } }), /step \(0, not 3\);/],
  ])('is refused for %s, and stays', async (_, more, difference) => {
    await ensureBundle(wanted());
    const before = kept();
    await expect(ensureBundle({ ...wanted(), ...more() })).rejects.toThrow(difference);
    expect(kept()).toBe(before);
  });
});

describe('the runner', () => {
  test('trains as onnxruntime does, into a run folder', async (context) => {
    if (skipped) return context.skip(skipped);
    const out = join(root, 'xla');
    const losses = await trainOnXla(python, bundle, { data, out });
    expect(furthest(losses, await trainHere(request, join(root, 'ort')))).toBeLessThan(1e-4);
    const [judged, wanted] = await Promise.all([out, join(root, 'ort')].map(validationsIn));
    expect(wanted.length).toBe(2);
    expect(furthest(judged, wanted)).toBeLessThan(1e-4);
    const [there, here] = [
      await loadCheckpoint(out, 'last'),
      await loadCheckpoint(join(root, 'ort'), 'last'),
    ];
    expect(there.step).toBe(6);
    for (const [name, values] of Object.entries(here.parameters))
      values.forEach((value, i) => expect(there.parameters[name][i]).toBeCloseTo(value, 4));
  });

  test.each<[string, () => readonly string[], number, RegExp]>([
    ['no data', () => ['--out', root], 2, /--data and --out are needed/],
    [
      'another dataset',
      () => ['--data', root, '--out', join(root, 'x')],
      1,
      /^error: dataset ".*": not found/,
    ],
    ['a mesh of other devices', () => ['--data', data, '--out', join(root, 'x'), '--mesh', 'data=3'], 1, /^error: --mesh data=3: 3 devices, but there are 1/], // prettier-ignore
    ['tokens that are not there', () => ['--data', data, '--out', join(root, 'x'), '--cpu-devices', '2', '--mesh', 'sequence=2'], 1, /sequence=2: this bundle cuts no axis of tokens/], // prettier-ignore
    ['an unknown axis', () => ['--data', data, '--out', join(root, 'x'), '--mesh', 'pipeline=1'], 1, /"pipeline=1" is no axis/], // prettier-ignore
    ['a batch that does not divide', () => ['--data', data, '--out', join(root, 'x'), '--cpu-devices', '3'], 1, /dimension 0 is no multiple of 3/], // prettier-ignore
    [
      'no compiler',
      () => ['--compile-only', '--target', 'trn2'],
      1,
      /^error: --target trn2: JAX finds no device/,
    ],
    ['processes without a coordinator', () => ['--compile-only', '--processes', '2'], 2, /go together/],
  ])('%s: one line says so', async (_, args, code, message) => {
    if (skipped) return;
    const ran = await run(python, bundle, args());
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
  });
});

describe('what processes must agree on', () => {
  /** Prints what an expression of the runner's names is, as JSON. */
  const ask = async (setup: string, expression: string) => {
    const program = [
      'import json, os, sys, pathlib',
      `sys.path.insert(0, ${JSON.stringify(bundle)})`,
      'import run',
      setup,
    ];
    program.push(`print(json.dumps(${expression}))`);
    return JSON.parse(await runPython(python, '-c', [program.join('\n')])) as unknown;
  };

  test('a checkpoint that a process does not see is named, not passed over', async (context) => {
    if (skipped) return context.skip(skipped);
    const out = join(root, 'unseen');
    mkdirSync(join(out, 'checkpoints'), { recursive: true });
    const made = `checkpoints = run.Checkpoints(${JSON.stringify(out)}, {}, {}, 1, 2)`;
    const told = `${made}
try:
    told = checkpoints.await_files(12, 0)
except run.Failure as failure:
    told = str(failure)`;
    const sees = (file: string) => `checkpoint 12: process 1 of 2 sees no ${out}/checkpoints/${file}; --out must be one folder that all of them share`; // prettier-ignore
    expect(await ask(told, 'told')).toBe(sees('step-00000012.json'));
    const parts = [0, 1].map((i) => `step-00000012.part-0000${i}-of-00002.safetensors`);
    const info = { parts: parts.map((file) => ({ file, sha256: '' })) };
    writeFileSync(join(out, 'checkpoints', 'step-00000012.json'), JSON.stringify(info));
    writeFileSync(join(out, 'checkpoints', parts[0]), '');
    expect(await ask(told, 'told')).toBe(sees(parts[1]));
    writeFileSync(join(out, 'checkpoints', parts[1]), '');
    expect(await ask(told, 'told')).toBe(null);
  });

  test('what flags a program was compiled with decides which it is in the cache', async (context) => {
    if (skipped) return context.skip(skipped);
    const setup = `import jax
from jax.extend.backend import get_backend
jax.config.update("jax_platforms", "cpu")
keys = []
for flags in ("", "--xla_cpu_enable_fast_min_max=true", ""):
    os.environ["XLA_FLAGS"] = flags
    keys.append(run.cache_key(jax, "module", get_backend(), jax.devices()))`;
    const [without, fast, again] = (await ask(setup, 'keys')) as string[];
    expect(again).toBe(without);
    expect(fast).not.toBe(without);
  });
});

test('tensor parallel: columns, then rows, and the residual whole', () => {
  const names = ['up', 'down', 'next', 'odd'];
  const [up, down, next] = [input('up', [16, 64]), input('down', [64, 16]), input('next', [16, 32])];
  const odd = input('odd', [32, 3]);
  const x = input('x', [4, 16]);
  const hidden = silu(matmul(x, up));
  const residual = add(x, matmul(hidden, down));
  const loss: Tensor = mean(square(matmul(matmul(residual, next), odd)));
  const parameters = Object.fromEntries([up, down, next, odd].map((tensor, i) => [names[i], tensor]));
  const cut = tensorParallelDimensions(loss, parameters, (extent) => extent % 8 === 0);
  expect(cut).toEqual({ up: 1, down: 0, next: 1, odd: 0 });
  // Where rows cannot be cut either, the weight stays whole.
  expect(tensorParallelDimensions(loss, parameters, (extent) => extent % 64 === 0)).toEqual({
    up: 1,
    down: 0,
  });
});
