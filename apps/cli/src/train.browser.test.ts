/** A model trained in Chromium, on clips that it reads over HTTP: the losses are those of Node. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { createSession } from '@orrery/onnx/node';
import { readMetrics, train } from '@orrery/train';
import { chromium, type Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { request, STEPS, trainFifty, type Trained } from './train.fixture.ts';

const browserPath = findChromium();
const title = browserPath
  ? 'training in Chromium'
  : 'training in Chromium (skipped: no chromium, chromium-browser or google-chrome on PATH, and $CHROMIUM is not set)';
if (!browserPath) process.stderr.write(`${title}\n`);

let folder: string;
let node: Trained;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-train-browser-'));
  const spec = datasetSpecSchema.parse({
    ...{ name: 'bounce', scene: 'bounce', frames: 20, width: 16, height: 16 },
    episodes: { train: 16, test: 1 },
  });
  await generateDataset({ spec, size: 'tiny', seed: 0, folder: join(folder, 'data'), workers: 1 });
  node = await trainFifty(await openFolder(join(folder, 'data')), (loop) => createSession(loop));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('without files, training is what it is with them, to the bit', { timeout: 60_000 }, async () => {
  const [data, run] = [join(folder, 'data'), join(folder, 'run')];
  const dataset = await openFolder(data);
  await train({ ...request, dataset, datasetPath: data, folder: run, revision: 'test' });
  const losses = (await readMetrics(run)).flatMap((line) => ('loss' in line ? [line.loss] : []));
  expect(node.losses).toEqual(losses);
  const sum = (from: number, to: number) => losses.slice(from, to).reduce((a, b) => a + b, 0);
  expect(sum(STEPS - 10, STEPS)).toBeLessThan(0.8 * sum(0, 10));
});

const types: Record<string, string> = {
  ...{ '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' },
};

describe.skipIf(!browserPath)(title, { timeout: 120_000 }, () => {
  let server: Server;
  let url: string;
  let browser: Browser;

  beforeAll(async () => {
    await build({
      ...{ configFile: false, logLevel: 'error', root: folder, worker: { format: 'es' } },
      build: {
        outDir: join(folder, 'dist'),
        assetsInlineLimit: 0,
        rollupOptions: {
          input: fileURLToPath(new URL('./train.fixture.ts', import.meta.url)),
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: 'fixture.js' },
        },
      },
    });
    server = createServer((asked, response) => {
      // Isolated from other origins, a page may have threads that share memory.
      const headers = {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'content-type': types[extname(asked.url!)] ?? 'text/html',
      };
      if (asked.url === '/') return void response.writeHead(200, headers).end('<!doctype html>');
      const place = asked.url!.startsWith('/data/') ? folder : join(folder, 'dist');
      void readFile(join(place, asked.url!)).then(
        (content) => response.writeHead(200, headers).end(content),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({
      executablePath: browserPath!,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run'],
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('fifty updates: losses within 1e-4 of those of Node, and the same weights', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    // Text, so that nothing rewrites the import on its way into the page.
    const program = `async () => (await import('/fixture.js')).trainInPage('${url}/data', { threads: 2 })`;
    const there = (await page.evaluate(`(${program})()`)) as Trained;
    expect(there.losses).toHaveLength(STEPS);
    there.losses.forEach((loss, i) => expect(Math.abs(loss - node.losses[i]!)).toBeLessThan(1e-4));
    expect(Object.keys(there.means)).toEqual(Object.keys(node.means));
    for (const [name, mean] of Object.entries(there.means))
      expect(Math.abs(mean - node.means[name]!)).toBeLessThan(1e-4);
  });
});
