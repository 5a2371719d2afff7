/** A roofline as the text of an SVG file: what each chip could reach at each arithmetic intensity, and where a recipe lies. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Machine } from '../catalogue/catalogue.ts';
import type { Demand } from './demand.ts';
import type { Estimate } from './estimate.ts';

// Wong, "Points of view: color blindness" (2011): told apart by everyone, on white and on black.
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** @param title what the recipe is */
export function rooflineSvg(
  title: string,
  demand: Demand,
  rows: readonly { readonly machine: Machine; readonly estimate: Estimate }[],
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const intensities = [demand.unfusedBytes, demand.fusedBytes].map((bytes) => demand.matrixFlops / bytes);
  // A chip is drawn once, however many of its machines there are.
  const chips = new Map(rows.map((row) => [row.machine.instance.chip, row]));
  const engine = (row: (typeof rows)[number]) =>
    row.machine.chip.peaks.find(({ dtype }) => dtype === demand.precision)!.tflops.value;
  const lines = [...chips].map(([name, row]) => {
    const ridge = (engine(row) * 1e12) / (row.machine.chip.bandwidth.value * 1e9);
    const reach = (x: number) => Math.min(engine(row), (x * row.machine.chip.bandwidth.value) / 1e3);
    const [low, high] = [Math.min(0.5, ...intensities) / 2, Math.max(2000, ridge * 2)];
    return { name, row, points: [low, ridge, high].map((x) => ({ x, y: reach(x) })) };
  });
  const chart = Plot.plot({
    document,
    ...{ width: 640, height: 360, marginLeft: 62, marginRight: 120, marginTop: 40, marginBottom: 42 },
    style: { background: 'white', color: '#222', fontFamily: 'sans-serif', fontSize: '12px' },
    ariaLabel: title,
    className: 'chart',
    x: { type: 'log', label: 'FLOP a byte of memory', tickFormat: '~s' },
    y: { type: 'log', label: 'TFLOP/s of a chip', grid: true, tickFormat: '~s' },
    marks: [
      Plot.text([title], { frameAnchor: 'top-right', dx: 116, dy: -36, fontWeight: 'bold' }),
      Plot.ruleX(intensities, { stroke: '#888', strokeDasharray: '3,3' }),
      Plot.text(
        [
          { x: intensities[0], label: 'nothing fused' },
          { x: intensities[1], label: 'all fused' },
        ],
        { x: 'x', text: 'label', frameAnchor: 'bottom', dy: -6, dx: 4, textAnchor: 'start', fill: '#666' },
      ),
      ...lines.flatMap(({ name, row, points }, i) => {
        const color = COLORS[i % COLORS.length];
        const [best, least] = row.estimate.tflops;
        return [
          Plot.line(points, { x: 'x', y: 'y', stroke: color, strokeWidth: 2 }),
          Plot.text(points.slice(-1), {
            ...{ x: 'x', y: 'y', text: () => name, textAnchor: 'start', dx: 6, dy: i * 4, fill: color },
          }),
          Plot.link([0], {
            ...{ x1: intensities[0], y1: least, x2: intensities[1], y2: best },
            ...{ stroke: color, strokeWidth: 1, strokeOpacity: 0.6 },
          }),
          Plot.dot(
            [
              { x: intensities[0], y: least },
              { x: intensities[1], y: best },
            ],
            { x: 'x', y: 'y', fill: color, r: 4 },
          ),
        ];
      }),
    ],
  });
  chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  chart.setAttribute('role', 'img');
  return `${chart.outerHTML}\n`;
}
