/** The viewer as a person meets it: built, served by the real server, and driven in Chromium. */
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { writeTestRollouts, type TestRollouts } from './test-rollouts.ts';
import { startViewerServer, type ViewerServer } from './viewer-server.ts';

const browserPath = findChromium();
const title = browserPath
  ? 'the viewer in Chromium'
  : 'the viewer (skipped: no chromium, chromium-browser or google-chrome on PATH, and $CHROMIUM is not set)';

// Test runners do not print the titles of what they skip.
if (!browserPath) process.stderr.write(`${title}\n`);

describe.skipIf(!browserPath)(title, { timeout: 60_000 }, () => {
  let folder: string;
  let server: ViewerServer;
  let browser: Browser;
  let page: Page;
  let data: TestRollouts;
  /** What no page may do: report an error, or ask anything of another origin. */
  const errors: string[] = [];
  const foreign: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-viewer-'));
    const viewerFolder = join(folder, 'dist');
    await build({
      configFile: fileURLToPath(new URL('../../viewer/vite.config.ts', import.meta.url)),
      logLevel: 'error',
      build: { outDir: viewerFolder, emptyOutDir: true },
    });
    const runsFolder = join(folder, 'runs');
    await writeTestRollouts(join(runsFolder, 'short'), { run: 'short', count: 1, horizon: 2 });
    data = await writeTestRollouts(join(runsFolder, 'bounce'), { run: 'bounce' });
    server = await startViewerServer({ viewerFolder, runsFolder, port: 0 });
    browser = await chromium.launch({
      executablePath: browserPath!,
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        // The page is put together without a GPU; only WebGL runs on SwiftShader, which is the slow part.
        ...['--disable-gpu', '--enable-unsafe-swiftshader', '--disable-gpu-sandbox'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
        ...['--no-first-run', '--force-color-profile=srgb'],
      ],
    });
    page = await openPage();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function openPage(options: { width?: number; height?: number; colorScheme?: 'light' | 'dark' } = {}) {
    const { width = 1180, height = 720, colorScheme = 'dark' } = options;
    const opened = await browser.newPage({ viewport: { width, height }, colorScheme });
    opened.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    opened.on('pageerror', (error) => errors.push(String(error)));
    opened.on('request', (request) => {
      const { protocol, hostname, href } = new URL(request.url());
      if (!['data:', 'blob:', 'about:'].includes(protocol) && hostname !== '127.0.0.1') foreign.push(href);
    });
    return opened;
  }

  const state = (of = page) => of.evaluate(() => ({ ...window.orrery }));
  const settle = (of = page) =>
    of.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );

  /** Goes to an address and waits until what it names is on the screen; within a page, only the hash changes. */
  async function visit(hash: string, of = page): Promise<void> {
    // An address that is there already would change nothing.
    const before = await of.evaluate(() => {
      if (window.orrery) history.replaceState(null, '', '#run=none');
      return window.orrery?.opened ?? 0;
    });
    await of.goto(server.url + hash);
    await of.waitForFunction((opened) => window.orrery?.opened > opened && window.orrery.loaded, before);
    await settle(of);
  }

  async function press(...keys: string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
    await settle();
  }

  /** The source pixels of a picture, read back from a screenshot: [H, W, 3]. */
  async function pixels(mode: string, of = page): Promise<Uint8Array> {
    const box = (await of.locator(`.picture[data-mode="${mode}"]`).boundingBox())!;
    const scale = box.width / data.side;
    expect(Number.isInteger(scale)).toBe(true);
    const image = decode(await of.screenshot({ clip: box }));
    const found = new Uint8Array(data.side * data.side * 3);
    for (let y = 0; y < data.side; y++)
      for (let x = 0; x < data.side; x++) {
        const column = Math.floor((x + 0.5) * scale);
        const line = Math.floor((y + 0.5) * scale);
        for (let c = 0; c < 3; c++)
          found[(y * data.side + x) * 3 + c] =
            image.data[(line * image.width + column) * image.channels + c]!;
      }
    return found;
  }

  /** What was written into the Zarr array. */
  function frame(name: string, rollout: number, t: number): Uint8Array {
    const size = data.side * data.side * 3;
    const at = (rollout * (data.context + data.horizon) + t) * size;
    return data.rgb[name]!.subarray(at, at + size);
  }

  describe('pictures', () => {
    it('show every pixel of truth and prediction as it was stored', async () => {
      await visit('#run=bounce&rollout=1&frame=15&predictor=model');
      expect(await state()).toMatchObject({
        run: 'bounce',
        rollout: 1,
        frame: 15,
        layout: 'side',
        playing: false,
      });
      expect(await pixels('truth')).toEqual(frame('truth', 1, 15));
      expect(await pixels('prediction')).toEqual(frame('model', 1, 15));
      expect(frame('model', 1, 15)).not.toEqual(frame('truth', 1, 15));
    });

    it('colour the difference by its size alone: dark where equal, brightest from half the range on', async () => {
      await visit('#run=bounce&rollout=1&frame=15&predictor=copy-last');
      const [shown, truth, predicted] = [
        await pixels('difference'),
        frame('truth', 1, 15),
        frame('copy-last', 1, 15),
      ];
      const colors = new Map<number, string>();
      for (let i = 0; i < shown.length; i += 3) {
        const levels = Math.max(...[0, 1, 2].map((c) => Math.abs(truth[i + c]! - predicted[i + c]!)));
        const color = shown.subarray(i, i + 3).join();
        expect(colors.get(Math.min(levels, 128)) ?? color).toBe(color);
        colors.set(Math.min(levels, 128), color);
      }
      const brightness = (color: string) => color.split(',').reduce((sum, value) => sum + Number(value), 0);
      const levels = [...colors.keys()].sort((a, b) => a - b);
      expect(levels.length).toBeGreaterThan(20);
      expect(brightness(colors.get(0)!)).toBeLessThan(10);
      expect(brightness(colors.get(128)!)).toBeGreaterThan(600);
      expect(brightness(colors.get(levels[levels.length >> 1]!)!)).toBeGreaterThan(
        brightness(colors.get(levels[2]!)!),
      );
    });

    it('follow the scrub bar and the keys', async () => {
      await visit('#run=bounce&frame=10');
      await page.locator('.scrub').fill('17');
      await settle();
      expect((await state()).frame).toBe(17);
      expect(await pixels('truth')).toEqual(frame('truth', 0, 17));
      await press('ArrowRight');
      expect(await pixels('prediction')).toEqual(frame('model', 0, 18));
      await press('Shift+ArrowLeft');
      expect((await state()).frame).toBe(8);
      await press('Home');
      expect(await pixels('truth')).toEqual(frame('truth', 0, 0));
      await press('ArrowLeft');
      expect((await state()).frame).toBe(0);
      await press('End');
      expect((await state()).frame).toBe(23);
    });

    it('wipe: truth left of the divider, prediction right of it, wherever it is dragged', async () => {
      await visit('#run=bounce&rollout=2&frame=20&predictor=linear');
      await press('w');
      const expectSplit = async (split: number) => {
        const shown = await pixels('wipe');
        const edge = split * data.side;
        for (let i = 0; i < shown.length; i += 3) {
          const x = (i / 3) % data.side;
          // The divider and its grip cover the middle of the picture.
          if (Math.abs(x + 0.5 - edge) < 6) continue;
          const name = x < edge ? 'truth' : 'linear';
          expect(shown.subarray(i, i + 3).join()).toBe(
            frame(name, 2, 20)
              .subarray(i, i + 3)
              .join(),
          );
        }
      };
      await expectSplit(0.5);
      const box = (await page.locator('.wipe').boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.2, box.y + 60, { steps: 3 });
      await page.mouse.up();
      await settle();
      await expectSplit(0.2);
      await page.locator('.wipe-grip').focus();
      await press('End');
      await expectSplit(1);
      expect((await state()).frame).toBe(20);
    });

    it('overlay: the mean of both at alpha 0.5, the truth at 0', async () => {
      await visit('#run=bounce&rollout=2&frame=20&layout=overlay');
      const [truth, predicted, shown] = [
        frame('truth', 2, 20),
        frame('model', 2, 20),
        await pixels('overlay'),
      ];
      const off = shown.map((value, i) => Math.abs(value - (truth[i]! + predicted[i]!) / 2));
      expect(Math.max(...off)).toBeLessThanOrEqual(1);
      await page.locator('.slider').fill('0');
      await settle();
      expect(await pixels('overlay')).toEqual(truth);
    });
  });

  describe('the clock', () => {
    it('plays and stops with the space bar, and goes round', async () => {
      await visit('#run=short&frame=5&speed=4');
      await press('Space');
      expect((await state()).playing).toBe(true);
      await page.waitForFunction(() => window.orrery.frame !== 5);
      await press('Space');
      const { frame: stopped, playing } = await state();
      expect(playing).toBe(false);
      await settle();
      expect((await state()).frame).toBe(stopped);
    });

    it('plays by itself where the address names no frame, unless the person prefers stillness', async () => {
      await visit('#run=bounce');
      expect((await state()).playing).toBe(true);
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await visit('#run=bounce');
      expect(await state()).toMatchObject({ playing: false, frame: data.context });
      await page.emulateMedia({ reducedMotion: null });
    });

    it('marks what was given and what was imagined', async () => {
      await visit('#run=bounce&frame=3');
      expect(await page.locator('.badge').textContent()).toBe('given, 4 of 4');
      await press('ArrowRight');
      expect(await page.locator('.badge').textContent()).toBe('imagined, step 1 of 20');
      const [given, track] = [
        await page.locator('.zone-given').boundingBox(),
        await page.locator('.zones').boundingBox(),
      ];
      expect(given!.width / track!.width).toBeCloseTo(3.5 / 23, 2);
    });
  });

  describe('numbers and plots', () => {
    it('are those of the frame', async () => {
      await visit('#run=bounce&rollout=1&frame=12&predictor=linear');
      const [truth, predicted] = [frame('truth', 1, 12), frame('linear', 1, 12)];
      const mse =
        truth.reduce((sum, value, i) => sum + (value - predicted[i]!) ** 2, 0) / truth.length / 255 ** 2;
      const cells = await page.locator('tr[data-predictor="linear"] td').allTextContents();
      const error = data.positionError.linear![1 * 24 + 12]!;
      expect(cells).toEqual([(-10 * Math.log10(mse)).toFixed(2), (1000 * mse).toFixed(3), error.toFixed(3)]);
      const bodies = await page.locator('tr[data-body] td:last-child').allTextContents();
      const mean = bodies.reduce((sum, text) => sum + Number(text), 0) / bodies.length;
      expect(mean).toBeCloseTo(error, 2);
    });

    it('plots are drawn, show the frame’s values and seek on a click', async () => {
      await visit('#run=bounce&frame=6');
      expect(await page.locator('.plot canvas').count()).toBe(2);
      const colors = await page
        .locator('.plot canvas')
        .first()
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data: drawn } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(drawn.buffer)).size;
        });
      expect(colors).toBeGreaterThan(20);
      const box = (await page.locator('.plot .u-over').first().boundingBox())!;
      await page.mouse.click(box.x + (box.width * 18) / 23, box.y + box.height / 2);
      await settle();
      expect(await state()).toMatchObject({ frame: 18, playing: false });
      expect(await pixels('truth')).toEqual(frame('truth', 0, 18));
      const label = await page.locator('.plot-box').first().getAttribute('aria-label');
      expect(label).toContain(`in frame 18: ${data.positionError.model![18]!.toFixed(3)} m`);
    });
  });

  describe('the scene', () => {
    const shot = async () => decode(await page.locator('.scene-canvas').screenshot());
    /** Pixels that are clearly of one colour. */
    const count = (image: ReturnType<typeof decode>, is: (r: number, g: number, b: number) => boolean) => {
      let found = 0;
      for (let i = 0; i < image.data.length; i += image.channels)
        if (is(image.data[i]!, image.data[i + 1]!, image.data[i + 2]!)) found++;
      return found;
    };
    const red = (r: number, g: number, b: number) => r > 150 && g < 110 && b < 110;

    it('shows the bodies, moves with the clock, and looks from where it is told', async () => {
      await visit('#run=bounce&frame=5&view=camera');
      const front = await shot();
      expect(count(front, red)).toBeGreaterThan(500);
      await press('End');
      const later = await shot();
      expect(Buffer.compare(Buffer.from(front.data.buffer), Buffer.from(later.data.buffer))).not.toBe(0);
      await press('5');
      expect((await state()).view).toBe('top');
      expect(count(await shot(), red)).toBeGreaterThan(100);
    });

    it('chooses a body by a click and follows it: it stays in the middle', async () => {
      await visit('#run=bounce&frame=0&view=front');
      await page.locator('tr[data-body="0"] button').click();
      await press('f');
      const middle = async () => {
        await settle();
        const image = await shot();
        // Beside the line that marks the error.
        const at = (((image.height >> 1) + 6) * image.width + (image.width >> 1) + 6) * image.channels;
        return red(image.data[at]!, image.data[at + 1]!, image.data[at + 2]!);
      };
      // Trails would cross the middle.
      await press('t');
      for (let i = 0; i < 3; i++) {
        expect(await middle()).toBe(true);
        await press('ArrowRight', 'ArrowRight');
      }
    });
  });

  describe('the address', () => {
    it('follows what is shown and brings it back', async () => {
      await visit('#run=bounce&frame=4');
      await press(']', 'd', 'p', 'End', 'ArrowLeft', '4');
      await page.waitForFunction(() => window.orrery.rollout === 1 && location.hash.includes('frame=22'));
      const { hash } = new URL(page.url());
      expect(hash).toMatch(
        /^#run=bounce&rollout=1&frame=22&predictor=copy-last&layout=difference&view=side&speed=/,
      );
      const { opened, ...expected } = await state();
      expect(opened).toBeGreaterThan(1);
      await page.reload();
      await page.waitForFunction(() => window.orrery?.loaded);
      expect(await state()).toEqual({ ...expected, opened: 1 });
      expect(await page.evaluate(() => history.length)).toBeLessThan(40);
    });

    it('says what it names that does not exist, and shows the rest', async () => {
      await visit('#run=gone&rollout=77&frame=9&layout=inside-out');
      const notice = (await page.locator('.notice').textContent())!;
      for (const part of [
        'run "gone" does not exist',
        'rollout 77 does not exist (0 to 2)',
        'layout "inside-out"',
      ])
        expect(notice).toContain(part);
      expect(await state()).toMatchObject({ run: 'bounce', rollout: 0, frame: 9, layout: 'side' });
    });

    it('leads to another run and rollout by the lists', async () => {
      await visit('#run=bounce&frame=9');
      await page.locator('#rollout').selectOption('2');
      await page.waitForFunction(() => window.orrery.rollout === 2 && window.orrery.loaded);
      expect((await state()).frame).toBe(9);
      await page.locator('#run').selectOption('short');
      await page.waitForFunction(() => window.orrery.run === 'short' && window.orrery.loaded);
      expect(await page.locator('.scrub').getAttribute('max')).toBe('5');
      await press('[', ']');
      expect((await state()).rollout).toBe(0);
    });
  });

  describe('for everyone', () => {
    it('every control has a name, and the help lists the keys', async () => {
      await visit('#run=bounce&frame=4&layout=wipe');
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('button, select, input, a, [role=slider]')]
          .filter((control) => !(control.getAttribute('aria-label') ?? control.textContent)?.trim())
          .map((control) => control.outerHTML),
      );
      expect(nameless).toEqual([]);
      await press('?');
      expect(await page.locator('dialog').isVisible()).toBe(true);
      expect(await page.locator('dialog kbd').count()).toBeGreaterThan(15);
      await press('Escape');
      expect(await page.locator('dialog').isVisible()).toBe(false);
    });

    it.each([
      [900, 700, 'light'],
      [1920, 1080, 'dark'],
      [420, 800, 'light'],
    ] as const)('fits %i x %i, %s', async (width, height, colorScheme) => {
      const other = await openPage({ width, height, colorScheme });
      await visit('#run=bounce&frame=14', other);
      expect(await other.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const background = await other.evaluate(
        () => getComputedStyle(document.documentElement).backgroundColor,
      );
      const brightness = background
        .match(/\d+/g)!
        .slice(0, 3)
        .reduce((sum, value) => sum + Number(value), 0);
      expect(brightness > 380).toBe(colorScheme === 'light');
      expect(await pixels('truth', other)).toEqual(frame('truth', 0, 14));
      await other.close();
    });

    it('saves the view as a PNG', async () => {
      await visit('#run=bounce&rollout=1&frame=15');
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('e')]);
      expect(download.suggestedFilename()).toBe('bounce-rollout-1-frame-15-side.png');
      const image = decode(await readFile(await download.path()));
      const main = (await page.locator('main').boundingBox())!;
      expect([image.width, image.height]).toEqual([Math.round(main.width), Math.round(main.height)]);
      const box = (await page.locator('.picture[data-mode="truth"]').boundingBox())!;
      const x = Math.round(box.x - main.x + (20.5 / 64) * box.width);
      const y = Math.round(box.y - main.y + (40.5 / 64) * box.height);
      const found = image.data.slice((y * image.width + x) * image.channels).slice(0, 3);
      expect([...found]).toEqual([
        ...frame('truth', 1, 15)
          .subarray((40 * 64 + 20) * 3)
          .subarray(0, 3),
      ]);
    });
  });

  it('reported no error and asked nothing of another origin until here', () => {
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
  });

  describe('what is missing or damaged is named with the remedy', () => {
    /** Serves a copy of the run after `damage` was done to it, and returns what the page says. */
    async function problemOf(name: string, damage: (rollouts: string) => Promise<void>): Promise<string> {
      const rollouts = join(folder, 'runs', name, 'rollouts.zarr');
      await cp(join(folder, 'runs', 'short'), join(folder, 'runs', name), { recursive: true });
      await damage(rollouts);
      await page.goto(`${server.url}#run=${name}`);
      const panel = page.locator('.problem', { hasText: `orrery evaluate ${name}` });
      await panel.waitFor();
      expect(await state()).toMatchObject({ loaded: false });
      const said = (await panel.innerText()).replace(/\s+/g, ' ');
      await rm(join(folder, 'runs', name), { recursive: true });
      return said;
    }
    const shard = ['model', 'rgb', 'c', '0', '0', '0', '0', '0'];

    it('attributes that are not a manifest', async () => {
      const said = await problemOf('attributes', async (rollouts) => {
        const path = join(rollouts, 'zarr.json');
        const group = JSON.parse(await readFile(path, 'utf8'));
        group.attributes.context = 'four';
        await writeFile(path, JSON.stringify(group));
      });
      expect(said).toContain('manifest of rollouts.zarr: "context": Invalid input: expected number');
    });

    it('a group that is no JSON', async () => {
      const said = await problemOf('json', (rollouts) =>
        writeFile(join(rollouts, 'zarr.json'), '{"zarr_format": 3,'),
      );
      expect(said).toContain('rollouts.zarr: it cannot be read');
    });

    it('an array of another shape', async () => {
      const said = await problemOf('shape', async (rollouts) => {
        const path = join(rollouts, 'zarr.json');
        const group = JSON.parse(await readFile(path, 'utf8'));
        group.attributes.horizon = 3;
        await writeFile(path, JSON.stringify(group));
      });
      expect(said).toContain('its shape is [1, 6, 64, 64, 3], the manifest implies [1, 7, 64, 64, 3]');
    });

    it('an array that is missing', async () => {
      const said = await problemOf('array', (rollouts) =>
        rm(join(rollouts, 'linear', 'psnr'), { recursive: true }),
      );
      expect(said).toContain('array "linear/psnr": it does not exist');
    });

    it('a shard that is missing, which must not look like black frames', async () => {
      const said = await problemOf('shard', (rollouts) => rm(join(rollouts, ...shard)));
      expect(said).toContain('the file "model/rgb/c/0/0/0/0/0" is missing');
    });

    it('a shard that is cut short', async () => {
      const said = await problemOf('cut', (rollouts) => truncate(join(rollouts, ...shard), 200));
      expect(said).toContain('the file "model/rgb/c/0/0/0/0/0" is cut short');
    });

    it('no runs at all', async () => {
      const viewerFolder = join(folder, 'dist');
      await mkdir(join(folder, 'none'));
      const empty = await startViewerServer({ viewerFolder, runsFolder: join(folder, 'none'), port: 0 });
      const other = await openPage();
      await other.goto(empty.url);
      await other.locator('.problem').waitFor();
      const said = await other.locator('.problem').innerText();
      expect(said).toContain('There is no run with rollouts yet.');
      expect(said).toContain('orrery evaluate');
      await other.close();
      await empty.close();
    });
  });
});

declare global {
  interface Window {
    readonly orrery: {
      run: string;
      rollout: number;
      frame: number;
      playing: boolean;
      view: string;
      opened: number;
      loaded: boolean;
    };
  }
}

/** The path of a Chromium: $CHROMIUM, or the first one on PATH. */
