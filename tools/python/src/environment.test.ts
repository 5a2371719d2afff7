import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pythonEnvironment, runPython } from './index.ts';

const requirements = fileURLToPath(new URL('../requirements.txt', import.meta.url));
const index = new URL('index.ts', import.meta.url).href;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'orrery-python-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const environment = await pythonEnvironment();
const missing = 'skipped' in environment ? environment.skipped : undefined;
const python = 'python' in environment ? environment.python : '';
/** Tests that need the environment say in the test's output why they did not run. */
const skipWithReason = (context: { skip: (reason: string) => void }) => {
  if (missing !== undefined) context.skip(missing);
};

describe('the environment of the repository', () => {
  test('has exactly the pinned packages', async (context) => {
    skipWithReason(context);
    const pinned = (await readFile(requirements, 'utf8')).split('\n').filter((line) => /^\w/.test(line));
    const names = pinned.map((line) => line.split('==')[0]);
    const program =
      'import sys; from importlib.metadata import version as v; print(*[v(n) for n in sys.argv[1:]])';
    const versions = (await runPython(python, '-c', [program, ...names])).trim().split(' ');
    expect(names.map((name, i) => `${name}==${versions[i]}`)).toEqual(pinned);
    expect(names).toEqual(expect.arrayContaining(['zarr', 'numpy', 'onnx']));
  });

  test('computes', async (context) => {
    skipWithReason(context);
    const program = 'import numpy, zarr, onnx; print(float(numpy.arange(10, dtype="f4").sum()))';
    expect(await runPython(python, '-c', [program])).toBe('45.0\n');
  });

  test('is not touched by a later call', async (context) => {
    skipWithReason(context);
    const stamp = join(python, '../../.requirements.sha256');
    const before = await stat(stamp);
    // Another process, so that nothing is remembered in memory.
    const script = `import(${JSON.stringify(index)}).then(async (m) => console.log(JSON.stringify(await m.pythonEnvironment())))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
    expect(JSON.parse(stdout)).toEqual({ python });
    expect((await stat(stamp)).mtimeMs).toBe(before.mtimeMs);
  });
});

describe('running a program', () => {
  test('passes arguments as they are, without a shell', async (context) => {
    skipWithReason(context);
    const script = join(scratch, 'echo.py');
    await writeFile(script, 'import sys, json; print(json.dumps(sys.argv[1:]))');
    const args = ['a b', '$HOME', '"; echo oops', 'é'];
    expect(JSON.parse(await runPython(python, script, args))).toEqual(args);
  });

  test("an uncaught exception's last line is the error", async (context) => {
    skipWithReason(context);
    const script = join(scratch, 'fail.py');
    await writeFile(script, 'print("before")\nraise ValueError("shape (3,) is not (4,)")');
    await expect(runPython(python, script, [])).rejects.toThrow(
      `python "${script}": ValueError: shape (3,) is not (4,)`,
    );
  });
});

describe('making an environment', () => {
  test('several processes at once build it once, also after a builder that was killed', async (context) => {
    skipWithReason(context);
    const folder = join(scratch, 'shared');
    // What a killed builder leaves: its lock and half an environment.
    await mkdir(join(folder, '.lock'), { recursive: true });
    await writeFile(join(folder, '.lock/owner'), 'gone');
    await writeFile(join(folder, 'half'), '');
    const wheelless = join(scratch, 'none.txt');
    await writeFile(wheelless, '# no packages\n');
    const call = JSON.stringify({ folder, requirements: wheelless, staleAfter: 1500 });
    const script = `import(${JSON.stringify(index)}).then(async (m) => {
      const made = await m.pythonEnvironment(${call});
      const { statSync } = await import('node:fs');
      console.log(JSON.stringify({ ...made, built: statSync(${JSON.stringify(join(folder, 'pyvenv.cfg'))}).mtimeMs }));
    })`;
    const runs = await Promise.all(
      [1, 2, 3].map(() => promisify(execFile)(process.execPath, ['-e', script])),
    );
    const results = runs.map(({ stdout }) => JSON.parse(stdout) as { python: string; built: number });
    expect(results[0].python).toBe(join(folder, 'bin', 'python'));
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const left = await readdir(folder);
    expect(left).toContain('.requirements.sha256');
    expect(left.filter((name) => name.startsWith('.lock') || name === 'half')).toEqual([]);
    expect(await runPython(results[0].python, '-c', ['print(1)'])).toBe('1\n');
  }, 300_000);

  test('what pip cannot get is the reason, and the failure is not taken for an environment', async (context) => {
    skipWithReason(context);
    const wanted = join(scratch, 'wanted.txt');
    await writeFile(wanted, 'no-such-package-of-orrery==1.0\n');
    const folder = join(scratch, 'offline');
    const variables = { ...process.env, PIP_NO_INDEX: '1' };
    const result = await pythonEnvironment({ folder, requirements: wanted, variables });
    expect(result).toEqual({
      skipped: expect.stringMatching(
        /^pip cannot install .*wanted\.txt \(.*No matching distribution.*\); check the network connection$/,
      ) as string,
    });
    expect(await readdir(folder)).not.toContain('.requirements.sha256');
  }, 300_000);

  test('a module that no Python of the machine has is a reason to skip', async (context) => {
    skipWithReason(context);
    const result = await pythonEnvironment({ folder: join(scratch, 'without'), module: 'no_such_module' });
    expect(result).toEqual({
      skipped: expect.stringMatching(
        /python3 has no no_such_module.*; install it \(Debian: apt-get install python3-/,
      ) as string,
    });
  }, 60_000);

  test.each([
    ['no Python', undefined, 'there is no python3 on the path'],
    ['an old Python', '3.9', 'python3 is 3.9'],
    ['a Python of another major version', '2.7', 'python3 is 2.7'],
  ])('%s is a reason to skip, and nothing is made', async (name, version, reason) => {
    const path = join(scratch, name);
    await mkdir(path);
    if (version !== undefined) {
      await writeFile(join(path, 'python3'), `#!/bin/sh\necho ${version}\necho /old/python3\n`);
      await chmod(join(path, 'python3'), 0o755);
    }
    const folder = join(scratch, `${name} environment`);
    expect(await pythonEnvironment({ folder, variables: { PATH: path } })).toEqual({
      skipped: `no Python environment: ${reason}; install Python 3.11 or newer`,
    });
    await expect(stat(folder)).rejects.toThrow('ENOENT');
  });
});
