import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { arenaDataset, FRAME_BYTES, SIZE } from '../arena.fixture.ts';
import { comparePredictors } from '../compare.ts';
import { copyLast } from '../predictors/copy-last.ts';
import { linear } from '../predictors/linear.ts';
import { defaultJudging, makeScorecard } from '../judge.ts';
import type { Scorecard } from '../scorecard/schema.ts';
import { summaryTable } from '../scorecard/summary.ts';
import { renderReport, type ReportOptions } from './report.ts';
import { filmStrip } from './strips.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const HOSTILE = `<script>alert("1")</script>&'`;
let options: ReportOptions;
let scorecard: Scorecard;

beforeAll(async () => {
  const model = { ...copyLast, name: 'model' };
  const dataset = arenaDataset({ frames: 14 });
  const comparison = await comparePredictors({
    ...{ dataset, predictors: [model, copyLast, linear], keep: 3, batch: 8 },
    ...{ split: 'test', horizon: 5, longest: 8, episodes: 3, starts: 1 },
  });
  scorecard = makeScorecard(
    {
      ...{ predictor: model, run: HOSTILE, family: HOSTILE, checkpoint: { name: 'best', step: 1200 } },
      ...{ parameters: 123456, flopsPerFrame: 2.5e8, losses: [] },
      provenance: { config: {}, seed: 77, revision: '', trainedOn: '' },
    },
    { ...dataset, manifest: { ...dataset.manifest, spec: { ...dataset.manifest.spec, name: HOSTILE } } },
    { ...defaultJudging, horizon: 5, draws: 20 },
    { ...comparison, millisecondsPerFrame: { model: 1.25 } },
  );
  options = {
    scorecard,
    provenance: {
      config: { model: { name: HOSTILE } },
      ...{ seed: 77, revision: '0123456789ab-dirty', trainedOn: 'other-c0ffee' },
    },
    losses: [
      { step: 0, loss: 0.5, kind: 'training' },
      { step: 10, loss: 0.1, kind: 'training' },
      { step: 10, loss: 0.2, kind: 'validation' },
    ],
    rollouts: comparison.kept,
    commands: [`orrery evaluate ${HOSTILE}`],
  };
});

describe('the report', () => {
  test('holds the numbers of the summary, the costs and the provenance', () => {
    const { document } = parseHTML(renderReport(options));
    const text = document.body.textContent.replaceAll(/\s+/g, ' ');
    for (const row of summaryTable(options.scorecard).slice(1))
      for (const cell of row) expect(text).toContain(cell.replace(/ (dB|m|%)$/, ''));
    for (const { name, bound } of options.scorecard.figures.filter((figure) => figure.bound !== null))
      for (const part of [name, bound]) expect(text).toContain(part);
    for (const part of [
      '123,456',
      '250 M',
      '1.25 ms',
      '0123456789ab-dirty',
      'c0ffee',
      '77',
      'other-c0ffee',
      'best, step 1200',
    ])
      expect(text).toContain(part);
    for (const { description } of options.scorecard.metrics) expect(text).toContain(description);
  });

  test('is well-formed, and asks nothing of the network', () => {
    const page = renderReport(options);
    const { document } = parseHTML(page);
    expect(document.querySelectorAll('main')).toHaveLength(1);
    expect(document.querySelector('title')!.textContent).toContain('Orrery report');
    expect(document.querySelectorAll('script, link, iframe, object')).toHaveLength(0);
    for (const element of document.querySelectorAll('[src], [href]'))
      expect(element.getAttribute('src') ?? element.getAttribute('href')).toMatch(
        /^(data:image\/png;base64,|#)/,
      );
    expect(page).not.toMatch(/url\(\s*['"]?https?:|@import/);
    for (const tag of ['div', 'table', 'tr', 'td', 'span', 'svg', 'dl', 'dd', 'small', 'details'])
      expect([tag, page.split(new RegExp(`</${tag}\\s*>`)).length]).toEqual([
        tag,
        page.split(new RegExp(`<${tag}[\\s>]`)).length,
      ]);
  });

  test('escapes what it is given', () => {
    const page = renderReport(options);
    expect(page).not.toContain('<script>');
    expect(parseHTML(page).document.querySelector('h1')!.textContent).toBe(HOSTILE);
    expect(parseHTML(page).document.querySelector('details pre')!.textContent).toContain('<script>');
  });

  test('says which bounds are missed', () => {
    // The model of this test is copy-last itself, and equal is not better.
    const { document } = parseHTML(renderReport(options));
    const verdict = document.querySelector('.verdict')!;
    expect(verdict.className).toContain('missed');
    expect(verdict.textContent).toContain('psnr/mean-5/copy-last');
    expect(document.querySelectorAll('td.misses').length).toBeGreaterThanOrEqual(4);
  });

  test('draws a line a predictor, from the first step to the last', () => {
    const { document } = parseHTML(renderReport(options));
    const charts = [...document.querySelectorAll('svg.chart')];
    expect(charts.map((chart) => chart.getAttribute('aria-label'))).toEqual([
      'PSNR against predicted steps',
      'SSIM against predicted steps',
      'position error against predicted steps',
      'energy drift against predicted steps',
      'momentum drift against predicted steps',
      'penetration against predicted steps',
      'Loss against training steps',
    ]);
    const lines = [...charts[2].querySelectorAll('g[aria-label="line"] path')];
    expect(lines).toHaveLength(4); // model, copy-last, linear, truth
    for (const line of lines)
      expect(line.getAttribute('d')!.match(/[ML]/g)!.length).toBeGreaterThanOrEqual(1);
  });

  test('without losses and without a followed body it still is a page', () => {
    expect(renderReport({ ...options, losses: [] })).not.toContain('Loss while training');
  });
});

test('a film strip shows the frames it was asked for, side by side', () => {
  const frames = Uint8Array.from({ length: 3 * FRAME_BYTES }, (_, i) => (i * 7) % 256);
  const uri = filmStrip(frames, [0, 2], SIZE);
  const image = decode(Buffer.from(uri.split(',')[1], 'base64'));
  expect([image.width, image.height, image.channels]).toEqual([64 * 2 + 2, 64, 4]);
  const pixel = (x: number, y: number) => [...image.data.slice((y * 130 + x) * 4, (y * 130 + x) * 4 + 4)];
  const from = (t: number, x: number, y: number) => {
    const at = t * FRAME_BYTES + (y * 64 + x) * 3;
    return [...frames.subarray(at, at + 3), 255];
  };
  expect(pixel(5, 9)).toEqual(from(0, 5, 9));
  expect(pixel(66 + 63, 40)).toEqual(from(2, 63, 40));
  expect(pixel(64, 0)[3]).toBe(0);
});
