/** onnxruntime-web in Chromium: the losses of fifty updates are Node's. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSession } from '@orrery/onnx/node';
import type { SessionOptions } from '@orrery/onnx/web';
import { chromium, type Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { losses, type lossesInPage } from './onnx.fixture.ts';

const browserPath = findChromium();
const title = browserPath
  ? 'onnxruntime-web in Chromium'
  : 'onnxruntime-web in Chromium (skipped: no chromium, chromium-browser or google-chrome on PATH, and $CHROMIUM is not set)';
if (!browserPath) process.stderr.write(`${title}\n`);

const types: Record<string, string> = {
  ...{ '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' },
};

describe.skipIf(!browserPath)(title, { timeout: 120_000 }, () => {
  let folder: string;
  let server: Server;
  let url: string;
  let browser: Browser;
  let wanted: number[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-onnx-browser-'));
    await build({
      ...{ configFile: false, logLevel: 'error', root: folder, worker: { format: 'es' } },
      build: {
        outDir: folder,
        assetsInlineLimit: 0,
        rollupOptions: {
          input: fileURLToPath(new URL('./onnx.fixture.ts', import.meta.url)),
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: 'fixture.js' },
        },
      },
    });
    server = createServer((request, response) => {
      // Isolated from other origins, a page may have threads that share memory.
      const isolation = {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      };
      if (request.url === '/') {
        response.writeHead(200, { ...isolation, 'content-type': 'text/html' }).end('<!doctype html>');
        return;
      }
      void readFile(join(folder, request.url!)).then(
        (content) =>
          response
            .writeHead(200, { ...isolation, 'content-type': types[extname(request.url!)] ?? 'text/plain' })
            .end(content),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const args = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--no-first-run'];
    browser = await chromium.launch({
      executablePath: browserPath!,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...args],
    });
    wanted = await losses((loop) => createSession(loop));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function inPage(options: SessionOptions, prepare = '') {
    const page = await browser.newPage();
    await page.goto(url);
    // Text, so that nothing rewrites the import on its way into the page.
    const program = `async () => { ${prepare};
      return (await import('/fixture.js')).lossesInPage(${JSON.stringify(options)}); }`;
    const result = await page.evaluate(`(${program})()`);
    await page.close();
    return result as Awaited<ReturnType<typeof lossesInPage>>;
  }

  it('Node learns', () => {
    expect(wanted).toHaveLength(50);
    expect(wanted[49]).toBeLessThan(wanted[0] / 2);
  });

  it.each<[string, SessionOptions]>([
    ['wasm, with threads, in a worker', { threads: 2 }],
    ['wasm in the page itself', { worker: false }],
    ['WebGPU in a worker', { provider: 'webgpu' }],
  ])('%s: the losses are those of Node, within 1e-4', async (_, options) => {
    const result = await inPage(options);
    if ('error' in result) throw new Error(result.error);
    expect(result.losses).toHaveLength(50);
    result.losses.forEach((loss, i) => expect(Math.abs(loss - wanted[i])).toBeLessThan(1e-4));
    if (options.worker !== false) expect(result.turns).toBeGreaterThan(3);
  });

  it('a browser without WebGPU is told so, with the remedy', async () => {
    const hide = 'Object.defineProperty(navigator, "gpu", { value: undefined })';
    expect(await inPage({ provider: 'webgpu', worker: false }, hide)).toEqual({
      error:
        'ProviderError: provider "webgpu": this browser has no navigator.gpu; ' +
        'open the page over https or on localhost in a browser with WebGPU, or use "wasm"',
    });
  });
});
