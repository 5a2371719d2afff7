/** A chart as the text of an SVG file, without a browser: @observablehq/plot over linkedom's document. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Chart } from './schema.ts';

// Wong, "Points of view: color blindness" (2011): told apart by everyone, on white and on black.
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** Pixels that a letter takes at most on average. */
const LETTER = 6.6;

export function chartSvg({ title, xLabel, yLabel, logarithmic, series }: Chart): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = series.map(({ name, points }) => ({
    name,
    points: points
      .filter(([, y]) => Number.isFinite(y) && (!logarithmic || y > 0))
      .map(([x, y]) => ({ x, y })),
  }));
  // Names stand to the right of their lines.
  const marginRight = Math.max(110, 10 + LETTER * Math.max(...series.map(({ name }) => name.length)));
  const chart = Plot.plot({
    document,
    ...{
      width: 450 + marginRight,
      height: 300,
      marginLeft: 62,
      marginRight,
      marginTop: 36,
      marginBottom: 38,
    },
    style: { background: 'white', color: '#222', fontFamily: 'sans-serif', fontSize: '12px' },
    ariaLabel: title,
    className: 'chart',
    x: { label: xLabel },
    y: {
      label: yLabel,
      grid: true,
      type: logarithmic ? 'log' : 'linear',
      tickFormat: logarithmic ? '.0e' : undefined,
      ticks: 5,
    },
    marks: [
      Plot.text([title], { frameAnchor: 'top-right', dx: marginRight - 4, dy: -33, fontWeight: 'bold' }),
      ...drawn.flatMap(({ name, points }, i) => [
        Plot.lineY(points, { x: 'x', y: 'y', stroke: COLORS[i % COLORS.length], strokeWidth: 2 }),
        Plot.text(points.slice(-1), {
          x: 'x',
          y: 'y',
          text: () => name,
          textAnchor: 'start',
          dx: 6,
          fill: COLORS[i % COLORS.length],
        }),
      ]),
    ],
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  chart.setAttribute('role', 'img');
  return `${chart.outerHTML}\n`;
}
