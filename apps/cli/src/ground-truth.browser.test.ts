/** The same bytes everywhere: what Node simulates and draws, Chromium simulates and draws to the last bit. */
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { expect, test } from 'vitest';
import { findChromium } from './chromium.ts';
import { groundTruthChecksums } from './ground-truth.fixture.ts';

const browserPath = findChromium();
const title = browserPath
  ? 'Chromium makes the bytes that Node makes, for every scene'
  : 'Chromium beside Node (skipped: no chromium, chromium-browser or google-chrome on PATH, and $CHROMIUM is not set)';
if (!browserPath) process.stderr.write(`${title}\n`);

test.skipIf(!browserPath)(
  title,
  async () => {
    const entry = fileURLToPath(new URL('./ground-truth.fixture.ts', import.meta.url));
    const [bundle] = (await build({
      ...{ configFile: false, logLevel: 'error' },
      build: { write: false, lib: { entry, formats: ['iife'], name: 'fixture' } },
    })) as Rollup.RollupOutput[];
    const browser = await chromium.launch({
      executablePath: browserPath!,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run'],
    });
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ content: bundle!.output[0].code });
      const there = await page.evaluate('fixture.groundTruthChecksums()');
      const here = groundTruthChecksums();
      expect(Object.keys(here)).toContain('bounce');
      expect(new Set(Object.values(here)).size).toBe(Object.keys(here).length);
      expect(there).toEqual(here);
    } finally {
      await browser.close();
    }
  },
  180_000,
);
