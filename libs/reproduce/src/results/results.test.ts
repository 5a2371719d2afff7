import { describe, expect, test } from 'vitest';
import { chartSvg } from './chart.ts';
import { resultsJson, withResults } from './readme.ts';
import { atMost, cell, resultsSchema, type Results } from './schema.ts';
import { resultsTable, sanityTable } from './text.ts';

const results: Results = resultsSchema.parse({
  ...{ format: 'orrery.results', version: 1, table: 'toy', source: 'Nobody (1900)', revision: 'abc' },
  ...{ seeds: [0, 1, 2], config: { width: 3 }, wallSeconds: 61.2, cpuSeconds: 70 },
  machine: { cores: 2, processor: 'abacus', node: '24', onnxruntime: '1' },
  columns: [
    { name: 'loss', label: 'loss', unit: '', digits: 2, scientific: true },
    { name: 'error', label: 'error', unit: 'm', digits: 3, scientific: false },
    { name: 'unused', label: 'unused', unit: '', digits: 1, scientific: false },
  ],
  sanity: [{ group: 'g', name: 'count', value: 5, expected: '5', holds: true }],
  rows: [
    { group: 'g', name: 'still', cells: { loss: cell([0.5]) } },
    {
      ...{ group: 'g', name: 'ours', parameters: 1234, trainingFlops: 2.5e12, seconds: 12.4, stoppedAt: 80 },
      cells: {
        loss: cell([0.012, 0.014, 0.016], { value: 0.0132, error: 0.0004, remark: 'from memory' }),
        error: cell([1, 2, 3]),
      },
    },
  ],
  charts: [
    {
      ...{ name: 'a-chart', title: 'A chart', xLabel: 'x', yLabel: 'y', logarithmic: true },
      series: [
        {
          name: 'line <1>',
          points: [
            [0, 1],
            [1, 10],
            [2, 0],
          ],
        },
      ],
    },
  ],
  figures: [atMost('ours: loss', 0.014, '', 0.0139)],
  remarks: ['A remark.'],
});

describe('results', () => {
  test('a cell has the mean and the standard deviation of a sample', () => {
    // numpy.std([1, 2, 3, 5], ddof=1)
    expect(cell([1, 2, 3, 5])).toEqual({ values: [1, 2, 3, 5], mean: 2.75, deviation: 1.707825127659933 });
    expect(cell([7])).toEqual({ values: [7], mean: 7, deviation: null });
    expect(cell([1, Infinity])).toEqual({ values: [1, null], mean: null, deviation: null });
  });

  test('a bound holds up to its limit, and never for what is no number', () => {
    expect(atMost('x', 2, '', 2)).toMatchObject({ bound: '<= 2', holds: true });
    expect(atMost('x', 2.1, '', 2).holds).toBe(false);
    expect(atMost('x', null, '', 2).holds).toBe(false);
  });

  test('the published figure stands right of ours, with its remark; what no row has is no column', () => {
    expect(resultsTable(results)).toEqual([
      ['task', 'row', 'loss', 'published', 'error, m', 'parameters', 'training', 'time a seed'],
      ['g', 'still', '5.00e-1', '–', '–', '–', '–', '–'],
      [
        ...['g', 'ours', '1.40e-2 ± 0.20e-2', '1.32e-2 ± 0.04e-2 (from memory)', '2.000 ± 1.000'],
        ...['1,234', '2.50 TFLOP', '12 s, ended at update 80'],
      ],
    ]);
    expect(sanityTable(results)[1]).toEqual(['g', 'count', '5.000', '5', 'holds']);
  });

  test('a README keeps its text, takes the results once, and does not change when they come again', async () => {
    const bare =
      '# toy\n\nText.\n\n<!-- results: written by "npm run datasheets" -->\n\n<!-- /results -->\n\nMore.\n';
    const once = await withResults(bare, results);
    expect(once).toContain('Text.');
    expect(once).toContain('More.');
    expect(once).toContain('| ours: loss | 0.01400 | <= 0.0139 | **missed** |');
    expect(once).toContain('![A chart](a-chart.svg)');
    expect(await withResults(once, results)).toBe(once);
    await expect(withResults('# toy', results)).rejects.toThrow('README of table "toy": no lines');
  });

  test('results.json reads back as it was', async () => {
    expect(resultsSchema.parse(JSON.parse(await resultsJson(results)))).toEqual(results);
  });

  test('a chart is an SVG file of its own, its text escaped', () => {
    const svg = chartSvg(results.charts[0]);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toContain('line &lt;1&gt;');
    expect(svg).not.toContain('NaN');
  });
});
