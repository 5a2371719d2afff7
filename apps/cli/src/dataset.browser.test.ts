/** Datasets read in a browser: the real reader in Chromium, from a server that counts what it sends. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetSpecSchema } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { chromium, type Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';

const browserPath = findChromium();
const title = browserPath
  ? 'a dataset in Chromium'
  : 'a dataset in Chromium (skipped: no chromium, chromium-browser or google-chrome on PATH, and $CHROMIUM is not set)';
if (!browserPath) process.stderr.write(`${title}\n`);

describe.skipIf(!browserPath)(title, { timeout: 60_000 }, () => {
  let folder: string;
  let server: Server;
  let url: string;
  let browser: Browser;
  const sent: { file: string; range: string; bytes: number }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-dataset-browser-'));
    await build({
      ...{ configFile: false, logLevel: 'error', root: folder },
      build: {
        outDir: join(folder, 'dist'),
        lib: {
          entry: fileURLToPath(import.meta.resolve('@orrery/dataset')),
          formats: ['es'],
          fileName: () => 'dataset.js',
        },
      },
    });
    const spec = datasetSpecSchema.parse({
      ...{ name: 'bounce', scene: 'bounce', frames: 40, width: 32, height: 32 },
      episodes: { train: 30, test: 2 },
    });
    await generateDataset({ spec, size: 'tiny', seed: 0, folder: join(folder, 'data'), workers: 2 });
    server = createServer((request, response) => void answer(request.url!, request.headers.range, response));
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
    await rm(folder, { recursive: true, force: true });
  });

  async function answer(path: string, range: string | undefined, response: ServerResponse) {
    if (path === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    const content = await readFile(join(folder, path)).catch(() => undefined);
    if (content === undefined) return response.writeHead(404).end();
    const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
    const start = from === '' ? content.length - Number(to) : Number(from);
    const part =
      range === undefined ? content : content.subarray(start, from === '' ? undefined : Number(to) + 1);
    sent.push({ file: path, range: range ?? '', bytes: part.length });
    const type = path.endsWith('.js') ? 'text/javascript' : 'application/octet-stream';
    return response.writeHead(range === undefined ? 200 : 206, { 'content-type': type }).end(part);
  }

  it('reads a clip as Node does, with one request for its bytes and one for the index of its shard', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    const clip = { episode: 17, start: 5, length: 16 };
    // Text, so that nothing rewrites the import on its way into the page.
    const program = `async (places) => {
      const { openUrl } = await import('/dist/dataset.js');
      const dataset = await openUrl(location.origin + '/data');
      const digest = async (values) => {
        const hash = await crypto.subtle.digest('SHA-256', values);
        return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      };
      const clips = [];
      for (const place of places) {
        const { rgb, depth, position } = await dataset.readClip(place, ['rgb', 'depth', 'position']);
        clips.push(await Promise.all([rgb, depth, position].map(digest)));
      }
      return clips;
    }`;
    const read = (places: (typeof clip)[]) =>
      page.evaluate(`(${program})(${JSON.stringify(places)})`) as Promise<string[][]>;
    const node = await openFolder(join(folder, 'data'));
    const here = await node.readClip(clip, ['rgb', 'depth', 'position']);
    const digest = async (values: ArrayBufferView<ArrayBuffer>) =>
      Buffer.from(await crypto.subtle.digest('SHA-256', values)).toString('hex');
    const [there] = await read([clip]);
    expect(there).toEqual(
      await Promise.all(
        [here.rgb, here.depth, here.position].map((values) => digest(values as Uint8Array<ArrayBuffer>)),
      ),
    );

    const shard = (await stat(join(folder, 'data/rgb/c/4/0/0/0/0'))).size;
    const pictures = sent.filter(({ file }) => file === '/data/rgb/c/4/0/0/0/0');
    expect(pictures.map(({ range }) => range)).toEqual([
      expect.stringMatching(/^bytes=-\d+$/),
      expect.stringMatching(/^bytes=\d+-\d+$/),
    ]);
    // Frames 5 to 20 lie in 3 of the 16 chunks of a shard of 4 episodes.
    const bytes = pictures.reduce((sum, part) => sum + part.bytes, 0);
    expect(bytes).toBeLessThan(0.3 * shard);
    const data = sent.filter(({ file }) => file.startsWith('/data/'));
    expect(data.map(({ file }) => file.replace(/\/c\/.*/, '/c')).sort()).toEqual(
      [
        'zarr.json',
        ...['rgb', 'depth', 'position'].flatMap((name) => [`${name}/zarr.json`, `${name}/c`, `${name}/c`]),
      ]
        .map((file) => `/data/${file}`)
        .sort(),
    );

    // What was read is kept: a clip inside of it asks for nothing but its own page's script and metadata.
    sent.length = 0;
    const [first, second] = await read([clip, { ...clip, start: 6, length: 10 }]);
    expect(first).toEqual(there);
    expect(second).not.toEqual(first);
    expect(sent.filter(({ file }) => file.startsWith('/data/rgb/c/'))).toHaveLength(2);
  });
});
