import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  add,
  cast,
  conv2d,
  evaluate,
  gather,
  input,
  matmul,
  neg,
  program,
  reduceSum,
  slice,
} from '@orrery/graph';
import type { Program, Tensor } from '@orrery/graph';
import { disagreement, feedsOf } from '@orrery/graph/testing';
import { describe, expect, test } from 'vitest';
import { toOnnx } from '../lowering.ts';
import type { Session } from '../session.ts';
import { createSession } from './create-session.ts';
import type { SessionOptions } from './create-session.ts';

const x = input('x', [2, 3]);
const flag = input('flag', [2], 'bool');
const doubled = program({ y: add(x, x), flagged: cast(flag, 'i32') }, [x, flag]);
const feeds = { x: Float32Array.of(1, 2, 3, 4, 5, 6), flag: Uint8Array.of(1, 0) };

async function use<T>(
  model: Program | Uint8Array,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await createSession(model, { threads: 1, ...options });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Many products one after another: some tenths of a second. */
function longRun(): { graph: Program; feeds: Record<string, Float32Array> } {
  const n = 512;
  const [a, b] = [input('a', [n, n]), input('b', [n, n])];
  let product: Tensor = a;
  for (let i = 0; i < 60; i++) product = matmul(product, b);
  const filled = (value: number) => new Float32Array(n * n).fill(value);
  return {
    graph: program({ corner: slice(product, [0, 0], [1, 1]) }, [a, b]),
    feeds: { a: filled(1), b: filled(1 / n) },
  };
}

describe.each([true, false])('a session (worker: %s)', (worker) => {
  test('computes, and says what it takes and returns', async () => {
    await use(doubled, { worker }, async (session) => {
      expect(session.signature).toEqual({
        inputs: { x: { dtype: 'f32', shape: [2, 3] }, flag: { dtype: 'bool', shape: [2] } },
        outputs: { y: { dtype: 'f32', shape: [2, 3] }, flagged: { dtype: 'i32', shape: [2] } },
      });
      expect(await session.run(feeds)).toEqual({
        y: { dtype: 'f32', shape: [2, 3], data: Float32Array.of(2, 4, 6, 8, 10, 12) },
        flagged: { dtype: 'i32', shape: [2], data: Int32Array.of(1, 0) },
      });
      const typed = { x: { dtype: 'f32', shape: [2, 3], data: feeds.x }, flag: feeds.flag } as const;
      expect(Object.keys(await session.run(typed, ['flagged']))).toEqual(['flagged']);
    });
  });

  test("takes a file's bytes, whose outputs may have an input's name, and leaves them whole", async () => {
    const bytes = toOnnx(program({ x: neg(x) }));
    const size = bytes.length;
    const result = await use(bytes, { worker }, (session) => session.run({ x: feeds.x }));
    expect([...result.x.data]).toEqual([-1, -2, -3, -4, -5, -6]);
    expect(bytes.length).toBe(size);
  });

  test('runs in order, and before it closes', async () => {
    const session = await createSession(doubled, { worker });
    const runs = [1, 2, 3].map((value) => session.run({ ...feeds, x: new Float32Array(6).fill(value) }));
    await session.close();
    await session.close();
    expect((await Promise.all(runs)).map(({ y }) => y.data[0])).toEqual([2, 4, 6]);
    await expect(session.run(feeds)).rejects.toThrow('session: it is closed; create another');
  });

  test('copies feeds: views, shared memory, and what the caller changes afterwards', async () => {
    await use(doubled, { worker }, async (session) => {
      const view = Float32Array.of(9, 1, 2, 3, 4, 5, 6, 9).subarray(1, 7);
      const shared = new Uint8Array(new SharedArrayBuffer(2));
      shared.set([1, 1]);
      const { y, flagged } = await session.run({ x: view, flag: shared });
      expect([...y.data, ...flagged.data]).toEqual([2, 4, 6, 8, 10, 12, 1, 1]);
      expect(view.length).toBe(6);
    });
  });

  const mistakes: readonly [what: string, feeds: Record<string, unknown>, message: string][] = [
    ['a missing feed', { x: feeds.x }, 'input "flag": nothing was fed; give bool [2]'],
    [
      'an unknown feed',
      { ...feeds, z: feeds.x },
      'input "z": the graph has no such input; it has "x", "flag"',
    ],
    ['a short feed', { ...feeds, x: feeds.x.slice(1) }, 'input "x": 5 values fed; give f32 [2, 3], 6 values'],
    [
      'another array',
      { ...feeds, x: Float64Array.from(feeds.x) },
      'input "x": a Float64Array was fed; give Float32Array for f32 [2, 3]',
    ],
    [
      'another shape',
      { ...feeds, x: { dtype: 'f32', shape: [3, 2], data: feeds.x } },
      'input "x": f32 [3, 2] fed; give f32 [2, 3], 6 values',
    ],
    [
      'another dtype',
      { ...feeds, flag: { dtype: 'u8', shape: [2], data: feeds.flag } },
      'input "flag": u8 [2] fed; give bool [2], 2 values',
    ],
  ];

  test('names a feed that does not fit', async () => {
    await use(doubled, { worker }, async (session) => {
      for (const [what, wrong, message] of mistakes) {
        await expect(session.run(wrong as never), what).rejects.toThrow(message);
      }
      await expect(session.run(feeds, ['z'])).rejects.toThrow('output "z": the graph has no such output');
      // And it still works.
      expect((await session.run(feeds)).y.data[0]).toBe(2);
    });
  });

  test('what fails inside is a rejected run in one line, and the next one works', async () => {
    const index = input('index', [], 'i32');
    await use(program({ y: gather(x, index) }, [x, index]), { worker }, async (session) => {
      const error = await session
        .run({ x: feeds.x, index: Int32Array.of(9) })
        .catch((reason: Error) => reason);
      expect((error as Error).message).toMatch(/^onnxruntime: .*indices element out of data bounds.*$/);
      expect([...(await session.run({ x: feeds.x, index: Int32Array.of(1) })).y.data]).toEqual([4, 5, 6]);
    });
  });

  test('bytes that are no model are refused in one line', async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), toOnnx(doubled).slice(0, -9)]) {
      const error = await createSession(bytes, { worker }).catch((reason: Error) => reason);
      expect((error as Error).message).toMatch(/^onnxruntime cannot load the model: .+$/);
    }
  });

  test('writes a trace of what it ran', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orrery-profile-'));
    try {
      await use(doubled, { worker, profile: join(folder, 'trace') }, (session) => session.run(feeds));
      const [file] = await readdir(folder);
      const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as { name: string }[];
      expect(events.map(({ name }) => name)).toContain('add_1_kernel_time');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

test('threads are a positive whole number', async () => {
  await expect(createSession(doubled, { threads: 0 })).rejects.toThrow('session: 0 threads');
});

test('feeds that are handed over are empty afterwards', async () => {
  await use(doubled, {}, async (session) => {
    const own = { x: feeds.x.slice(), flag: feeds.flag.slice() };
    const { y } = await session.run(own, ['y'], { transfer: true });
    expect([y.data[5], own.x.length, own.flag.length]).toEqual([12, 0, 0]);
  });
});

test('memory that others hold is copied even then', async () => {
  await use(doubled, {}, async (session) => {
    const view = Float32Array.of(9, 1, 2, 3, 4, 5, 6).subarray(1);
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    const { y } = await session.run({ x: view, flag: shared }, ['y'], { transfer: true });
    expect([y.data[5], view.length, shared.length]).toEqual([12, 6, 2]);
  });
});

test('two sessions of two threads agree to the bit', async () => {
  const [image, kernel] = [input('image', [4, 16, 16, 16]), input('kernel', [16, 16, 3, 3])];
  const [a, b] = [input('a', [256, 300]), input('b', [300, 128])];
  const graph = program({ image: conv2d(image, kernel), product: matmul(a, b), sum: reduceSum(a) });
  const given = feedsOf(graph, 5);
  const [first, second] = await Promise.all(
    [1, 2].map(() => use(graph, { threads: 2 }, (session) => session.run(given))),
  );
  expect(first).toEqual(second);
  expect(disagreement(first.sum.data, evaluate(graph.outputs, given).sum, 'f32')).toBeLessThan(1);
});

describe("the caller's event loop", () => {
  /** Turns of the loop while a long run goes on. */
  async function turns(worker: boolean): Promise<number> {
    const { graph, feeds: large } = longRun();
    return use(graph, { worker }, async (session) => {
      let done = false;
      const result = session.run(large).finally(() => (done = true));
      let count = 0;
      while (!done) {
        await new Promise((resolve) => setImmediate(resolve));
        count++;
      }
      expect((await result).corner.data[0]).toBeCloseTo(1);
      return count;
    });
  }

  test('stays free while the worker computes, and would not without it', async () => {
    expect(await turns(true)).toBeGreaterThan(50);
    expect(await turns(false)).toBeLessThan(10);
  });
});

describe('a script', () => {
  const source = new URL('index.ts', import.meta.url).href;
  const graph = import.meta.resolve('@orrery/graph');
  const script = (body: string) =>
    `import { createSession } from ${JSON.stringify(source)};
     import { add, input, program } from ${JSON.stringify(graph)};
     const x = input('x', [1]);
     const graph = program({ y: add(x, x) });
     ${body}`;
  const run = (body: string, NODE_OPTIONS = '') =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(body)], {
      timeout: 60_000,
      // A task runner may ask for colours, which console.log would give the number.
      env: { ...process.env, NODE_OPTIONS, FORCE_COLOR: '0' },
    });
  const ask = 'console.log((await session.run({ x: Float32Array.of(21) })).y.data[0]);';

  test.each([true, false])('ends by itself after close (worker: %s)', async (worker) => {
    const { stdout, stderr } = await run(
      `const session = await createSession(graph, { worker: ${worker} }); ${ask} await session.close();`,
    );
    expect([stdout, stderr]).toEqual(['42\n', '']);
  });

  test('ends by itself without close, too, but not before what it asked for', async () => {
    const { stdout, stderr } = await run(
      `createSession(graph).then((session) => { setTimeout(() => session.run({ x: Float32Array.of(21) })
         .then(({ y }) => console.log(y.data[0])), 20); });`,
    );
    expect([stdout, stderr]).toEqual(['42\n', '']);
  });

  test('ends by itself after a model was refused', async () => {
    const { stdout } = await run(
      `await createSession(Uint8Array.of(1)).catch((error) => console.log(error.message));`,
    );
    expect(stdout).toMatch(/^onnxruntime cannot load the model: .+\n$/);
  });

  test.each([true, false])('is told in one line that the library is missing (worker: %s)', async (worker) => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name === 'onnxruntime-node') throw new Error('libonnxruntime.so.1: cannot open\\nRequire stack:');
        return next(name, context);
      } });`;
    const { stdout, stderr } = await run(
      `await createSession(graph, { worker: ${worker} }).catch((error) => console.log(error.message));`,
      `--import=data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}`,
    );
    expect(stdout).toBe(
      'onnxruntime-node does not load: libonnxruntime.so.1: cannot open; install again with "npm ci"\n',
    );
    expect(stderr).toBe('');
  });
});
