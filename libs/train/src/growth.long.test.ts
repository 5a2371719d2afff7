/** Ten thousand steps: memory does not grow with them. */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { smallTraining, temporaryFolder } from './moving-squares.fixture.ts';

const STEPS = 10_000;
const MEBIBYTE = 2 ** 20;

/** Resident bytes after each thousand steps of a training in a process of its own, with garbage collected. */
async function residentBytes(): Promise<number[]> {
  const folder = temporaryFolder();
  const script = join(folder, 'train.mjs');
  const place = (file: string) => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
  writeFileSync(
    script,
    `import { train } from ${place('./train.ts')};
    import { movingSquares } from ${place('./moving-squares.fixture.ts')};
    await train({ ...JSON.parse(process.argv[2]), dataset: movingSquares, onProgress: ({ step }) => {
      if (step % 1000 !== 0) return;
      gc();
      process.send(process.memoryUsage.rss());
    } });
    process.disconnect();`,
  );
  const schedule = { steps: STEPS, stepsPerCall: 10, validateEvery: 500, checkpointEvery: 1000 };
  const { dataset: _dataset, ...options } = smallTraining(join(folder, 'run'), schedule);
  const child = fork(script, [JSON.stringify(options)], { execArgv: ['--expose-gc'] });
  const sizes: number[] = [];
  child.on('message', (bytes: number) => sizes.push(bytes));
  await new Promise((resolve) => child.on('exit', resolve));
  return sizes;
}

test(`${STEPS} steps take the memory that 2000 do`, async () => {
  const sizes = await residentBytes();
  expect(sizes).toHaveLength(STEPS / 1000);
  const shown = sizes.map((bytes) => (bytes / MEBIBYTE).toFixed(0)).join(' ');
  process.stderr.write(`MiB after each thousand steps: ${shown}\n`);
  // The first thousands fill caches and arenas. Of 8,000 steps, 2 KiB a step that stay would be 16 MiB.
  expect(Math.max(...sizes.slice(5)) - Math.max(...sizes.slice(1, 4))).toBeLessThan(16 * MEBIBYTE);
});
