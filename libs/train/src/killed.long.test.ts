/** Training that is killed at random instants, many of them while it writes a checkpoint, loses no finished checkpoint. */
import { fork } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key, uniform } from '@orrery/random';
import { expect, test } from 'vitest';
import { listCheckpoints, readCheckpoint } from './checkpoint.ts';
import { smallTraining, temporaryFolder } from './moving-squares.fixture.ts';
import { train } from './train.ts';

const KILLS = 20;
const STEPS = 60;
/** Wide, so that writing takes as long as computing; a checkpoint after each call, and calls of one step. */
const schedule = { steps: STEPS, stepsPerCall: 1, checkpointEvery: 1, validateEvery: 10, keep: 3 };
const optionsFor = (folder: string) => ({
  ...smallTraining(folder, { ...schedule, validationFraction: 0 }),
  config: { width: 96, blocks: 2, unroll: 1 },
});
const weights = (folder: string) =>
  readFileSync(join(folder, `checkpoints/step-${String(STEPS).padStart(8, '0')}.safetensors`));

interface Killed {
  readonly signal: NodeJS.Signals | null;
  /** Updates that it had said were done. */
  readonly step: number;
}

/** Trains in a process of its own, which is killed `after` ms behind its first sign of progress. */
function trainUntilKilled(folder: string, after: number): Promise<Killed> {
  const script = join(folder, '..', 'train.mjs');
  const place = (file: string) => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
  writeFileSync(
    script,
    `import { train } from ${place('./train.ts')};
    import { movingSquares } from ${place('./moving-squares.fixture.ts')};
    await train({ ...JSON.parse(process.argv[2]), dataset: movingSquares, onProgress: ({ step }) => process.send(step) });
    process.disconnect();`,
  );
  const { dataset: _dataset, ...options } = optionsFor(folder);
  const child = fork(script, [JSON.stringify(options)], { execArgv: [] });
  let step = 0;
  child.once('message', () => setTimeout(() => child.kill('SIGKILL'), after));
  child.on('message', (done: number) => (step = done));
  return new Promise((resolve) => child.on('exit', (_, signal) => resolve({ signal, step })));
}

test(`killed ${KILLS} times, training ends with the weights of one that was left alone`, async () => {
  const whole = join(temporaryFolder(), 'run');
  await train(optionsFor(whole));

  const folder = join(temporaryFolder(), 'run');
  let [kills, torn, kept] = [0, 0, 0];
  for (const share of uniform(key(12), KILLS, 0, 1)) {
    const { signal, step } = await trainUntilKilled(folder, share * 250);
    if (signal === 'SIGKILL') kills++;
    const files = existsSync(join(folder, 'checkpoints')) ? readdirSync(join(folder, 'checkpoints')) : [];
    const arrays = files.filter((name) => name.endsWith('.safetensors')).length;
    const complete = files.filter((name) => name.endsWith('.json')).length;
    if (arrays > complete || files.some((name) => name.endsWith('.partial'))) torn++;
    // It says that a step is done before it saves that step: all up to the one before are on disk, whole.
    const checkpoints = await listCheckpoints(folder);
    for (const info of checkpoints) await readCheckpoint(folder, info);
    const newest = checkpoints.at(-1)?.step ?? 0;
    expect(newest).toBeGreaterThanOrEqual(Math.max(step - 1, kept));
    kept = newest;
  }
  expect(kills).toBeGreaterThan(KILLS / 2);
  // Otherwise no kill came while a checkpoint was written, and nothing was proved.
  expect(torn).toBeGreaterThan(0);
  expect(await train(optionsFor(folder))).toMatchObject({ step: STEPS });
  expect(weights(folder).equals(weights(whole))).toBe(true);
  process.stderr.write(`killed ${kills} times, ${torn} of them while a checkpoint was written\n`);
});
