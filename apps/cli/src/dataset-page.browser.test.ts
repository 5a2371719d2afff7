/** The page of a dataset as a person meets it: built, served by the real server, and driven in Chromium. */
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetSpecSchema, pictures, type Dataset } from '@orrery/dataset';
import { generateDataset, openFolder } from '@orrery/dataset/node';
import { labelColor } from '@orrery/media';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { startViewerServer, type ViewerServer } from './viewer-server.ts';

const browserPath = findChromium();
const title = browserPath
  ? 'the page of a dataset in Chromium'
  : 'the page of a dataset in Chromium (skipped: no chromium, chromium-browser or google-chrome on PATH, and $CHROMIUM is not set)';
if (!browserPath) process.stderr.write(`${title}\n`);

describe.skipIf(!browserPath)(title, { timeout: 60_000 }, () => {
  let folder: string;
  let server: ViewerServer;
  let browser: Browser;
  let page: Page;
  let dataset: Dataset;
  const errors: string[] = [];
  const foreign: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-dataset-page-'));
    const viewerFolder = join(folder, 'dist');
    await build({
      configFile: fileURLToPath(new URL('../../viewer/vite.config.ts', import.meta.url)),
      logLevel: 'error',
      build: { outDir: viewerFolder, emptyOutDir: true },
    });
    const spec = datasetSpecSchema.parse({
      ...{ name: 'push', scene: 'push', frames: 12, width: 24, height: 16, pictures: [...pictures] },
      episodes: { train: 3, test: 1, shifted: 1 },
    });
    const datasetFolder = join(folder, 'data');
    await generateDataset({ spec, size: 'tiny', seed: 2, folder: datasetFolder, workers: 1 });
    dataset = await openFolder(datasetFolder);
    server = await startViewerServer({ viewerFolder, runsFolder: folder, datasetFolder, port: 0 });
    browser = await chromium.launch({
      executablePath: browserPath!,
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...['--disable-gpu', '--enable-unsafe-swiftshader', '--disable-gpu-sandbox', '--no-first-run'],
      ],
    });
    page = await browser.newPage({ viewport: { width: 1180, height: 720 } });
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => {
      const { protocol, hostname, href } = new URL(request.url());
      if (!['data:', 'blob:', 'about:'].includes(protocol) && hostname !== '127.0.0.1') foreign.push(href);
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const shows = (episode: number, frame: number) =>
    page.waitForFunction(
      ([e, t]) => {
        const { loaded, episode, frame } = (window.orrery ?? {}) as Readonly<Record<string, unknown>>;
        return loaded === true && episode === e && frame === t;
      },
      [episode, frame] as const,
    );

  async function visit(hash: string): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${server.url}dataset.html${hash}`);
  }

  /** [H, W, 3] */
  async function canvas(name: string): Promise<number[]> {
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const rgba = await page.locator(`canvas[data-picture=${name}]`).evaluate((of) => {
      const { width, height } = of as HTMLCanvasElement;
      return [...(of as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data];
    });
    return rgba.filter((_, i) => i % 4 !== 3);
  }

  async function expectFrame(episode: number, frame: number): Promise<void> {
    const clip = { episode, start: frame, length: 1 };
    const { rgb, segmentation } = await dataset.readClip(clip, ['rgb', 'segmentation']);
    expect(await canvas('rgb')).toEqual([...rgb]);
    expect(await canvas('segmentation')).toEqual(
      [...segmentation].flatMap((label) => [...labelColor(label)]),
    );
  }

  it('shows the frame that its address names, byte for byte, with numbers and all pictures', async () => {
    await visit('#episode=4&frame=7');
    await shows(4, 7);
    await expectFrame(4, 7);
    const titles = await page.locator('.picture .caption-title').allTextContents();
    expect(titles).toEqual(['RGB', 'Depth', 'Segmentation', 'Optical flow']);
    const { position, velocity, action } = await dataset.readClip({ episode: 4, start: 7, length: 1 }, [
      ...(['position', 'velocity', 'action'] as const),
    ]);
    const three = (values: Float32Array) => [...values.subarray(0, 3)].map((v) => v.toFixed(2)).join(' ');
    const first = page.locator('tr[data-body="0"]');
    expect(await first.textContent()).toBe(
      `pusher${three(position)}${three(velocity)}`.replaceAll('-0.00', '0.00').replaceAll('-', '−'),
    );
    expect(await page.locator('.values').textContent()).toContain(
      `pusher_x${action[0]!.toFixed(2).replace('-', '−')}`,
    );
  });

  it('goes on by frames and by episodes with keys, buttons and the list, and its address follows', async () => {
    await page.keyboard.press('ArrowRight');
    await shows(4, 8);
    await expectFrame(4, 8);
    await page.keyboard.press('End');
    await shows(4, 11);
    await page.keyboard.press('[');
    await shows(3, 0);
    await expectFrame(3, 0);
    await page.selectOption('#episode', '1');
    await shows(1, 0);
    await page.waitForFunction(() => location.hash === '#episode=1&frame=0');
    await page.keyboard.press(' ');
    await page.waitForFunction(() => Number(window.orrery.frame) > 2);
    await page.keyboard.press(' ');
  });

  it('names a damaged file with the remedy, and asked nothing of other servers', async () => {
    expect(errors).toEqual([]);
    await truncate(join(folder, 'data/rgb/c/0/0/0/0/0'), 40);
    await visit('#episode=0');
    await page.waitForSelector('.problem:not([hidden])');
    expect(await page.locator('.problem-message').textContent()).toMatch(
      /shard 0 of "rgb" \(episodes 0 to \d+\)/,
    );
    expect(await page.locator('.problem-remedy').textContent()).toContain('orrery generate push');
    expect(foreign).toEqual([]);
  });
});
