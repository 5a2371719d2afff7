/** The main job at its real size: what it reaches, that it repeats itself, and that it survives interruptions. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const orrery = fileURLToPath(new URL('../bin/orrery.js', import.meta.url));
const RUN = 'bounce-residual-conv-seed0';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param interruptAt what standard error says when the signal is sent */
function start(folder: string, interruptAt?: RegExp, signal: NodeJS.Signals = 'SIGINT'): Promise<Outcome> {
  const { ORRERY_DATA: _data, ORRERY_RUNS: _runs, ...environment } = process.env;
  const child = spawn(process.execPath, [orrery, 'start', '--no-view', '--json'], {
    cwd: folder,
    env: environment,
  });
  let [stdout, stderr] = ['', ''];
  let sent = false;
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
    if (interruptAt?.test(stderr) && !sent) sent = child.kill(signal);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

/** SHA-256 of every file below a folder, by path. */
async function fingerprints(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashes = files.sort().map(async (file) => {
    const hash = createHash('sha256').update(await readFile(file));
    return [file.slice(folder.length), hash.digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

/** The loss curve without the time that each step took. */
async function lossCurve(folder: string): Promise<unknown[]> {
  const text = await readFile(join(folder, 'runs', RUN, 'metrics.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), time: undefined }));
}

let whole: string;
let result: Outcome;
beforeAll(async () => {
  whole = await mkdtemp(join(tmpdir(), 'orrery-main-job-'));
  result = await start(whole);
});

test('the model beats copying the last frame and linear extrapolation in PSNR and position error', async () => {
  expect(result.stderr).not.toMatch(/^error/m);
  expect(result.code).toBe(0);
  const scorecard = JSON.parse(await readFile(join(whole, 'runs', RUN, 'scorecard.json'), 'utf8'));
  expect(JSON.parse(result.stdout)).toEqual(scorecard);
  const bounded = (scorecard.figures as { name: string; bound: string | null; holds: boolean }[]).filter(
    ({ bound }) => bound !== null,
  );
  for (const metric of ['psnr', 'position_error'])
    for (const baseline of ['copy-last', 'linear'])
      for (const place of ['mean-10', 'step-10'])
        expect(bounded).toContainEqual(
          expect.objectContaining({ name: `${metric}/${place}/${baseline}`, holds: true }),
        );
});

test('interrupted in every stage and killed twice, it ends with the same data, losses and weights', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-main-job-'));
  // Let a shard be finished first: what is finished must be continued, not made again.
  expect(await start(folder, /generate: [1-9]|generate: 0/)).toMatchObject({ code: 130 });
  expect(await start(folder, /generate: /, 'SIGKILL')).toMatchObject({ code: null });
  expect(await start(folder, /train: \d{2,}\//)).toMatchObject({ code: 130 });
  expect(await start(folder, /train: [2-9]\d\d\//, 'SIGKILL')).toMatchObject({ code: null });
  expect(await start(folder, /evaluate: /)).toMatchObject({ code: 130 });
  const last = await start(folder);
  expect(last.code).toBe(0);
  expect(last.stderr).toContain('was trained before');

  expect(await fingerprints(join(folder, 'data'))).toEqual(await fingerprints(join(whole, 'data')));
  expect(await lossCurve(folder)).toEqual(await lossCurve(whole));
  const weights = (base: string) => fingerprints(join(base, 'runs', RUN, 'checkpoints'));
  const pick = (hashes: Record<string, string>) =>
    Object.entries(hashes).filter(([name]) => name.endsWith('1500.safetensors'));
  expect(pick(await weights(folder))).toHaveLength(1);
  expect(pick(await weights(folder))).toEqual(pick(await weights(whole)));
});
