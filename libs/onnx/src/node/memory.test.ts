/** The cost model's memory beside what a process takes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('memory.fixture.ts', import.meta.url));

test.each([
  ['activations', [4096, 128, 4, 3]],
  ['parameters', [64, 1024, 2, 3]],
])('a loop that is mostly %s takes what is predicted, within 1.3 times', async (_, sizes) => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...sizes.map(String)]);
  const { predicted, measured } = JSON.parse(stdout) as { predicted: number; measured: number };
  expect(predicted).toBeGreaterThan(100);
  expect(measured / predicted).toBeLessThan(1.3);
  expect(measured / predicted).toBeGreaterThan(0.75);
});
