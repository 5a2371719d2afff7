/** `compare.html`: scorecards of runs side by side, as one page that needs nothing else. */
import { html, STYLE_SHEET, trusted, type Markup } from '@orrery/media';
import { horizonChart } from '../report/charts.ts';
import { swatch } from '../report/legend.ts';
import { arrow, intervalCell } from '../report/tables.ts';
import { formatQuantity, fromQuantity, type Interval, type Scorecard } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import { formatChange, formatFlops } from './comparison-table.ts';
import { verdictOf, type ComparedFigure, type RunComparison } from './compare-runs.ts';

/** Metrics drawn against the predicted step. */
const DRAWN: readonly string[] = ['psnr', 'ssim', 'position_error', 'energy_drift'];

/** @param scorecards those of the comparison, in its order */
export function renderComparison(comparison: RunComparison, scorecards: readonly Scorecard[]): string {
  const { runs, dataset, protocol, episodes } = comparison;
  const names = runs.map(({ run }) => run);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${names.join(' · ')} · Orrery comparison</title>
        <style>
          ${trusted(STYLE_SHEET)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <div class="eyebrow">Orrery comparison</div>
            <h1>${names.join(' · ')}</h1>
            <p>
              ${runs.length} runs on ${dataset.name}, split “${dataset.split}”: ${episodes} episodes in
              common, horizon ${protocol.horizon}, rollouts of ${protocol.longest} frames
            </p>
          </header>
          <h2>Runs</h2>
          ${runTable(comparison)}
          <h2>Figures</h2>
          <p class="quiet">
            Below each value: its 95 % interval, then the difference to ${names[0]} with its own.
            <span class="holds">Better</span> and <span class="misses">worse</span> are said where that leaves out 0.
          </p>
          ${figureTable(comparison)}
          <h2>How errors grow</h2>
          <p class="legend">
            ${names.map((name) => html`<span>${swatch(name, names)}${name}</span>`)}<span
              ><i class="swatch" style="background:var(--truth)"></i>copy last frame</span
            ><span>band: 95 % interval</span><span>dashed: step ${protocol.horizon}</span>
          </p>
          <div class="charts">${charts(scorecards, names)}</div>
          <h2>What the numbers mean</h2>
          ${definitions(comparison, scorecards[0])}
        </main>
      </body>
    </html> `;
  return page.markup;
}

function runTable({ runs }: RunComparison): Markup {
  const names = runs.map(({ run }) => run);
  return html`<div class="card scroll">
    <table>
      <thead>
        <tr>
          <th>run</th>
          <th>family</th>
          <th>checkpoint</th>
          <th>is given</th>
          <th>parameters</th>
          <th>FLOPs a frame</th>
          <th>ms a frame</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          ({ run, family, checkpoint, context, given, parameters, flopsPerFrame, millisecondsPerFrame }) => {
            return html`<tr>
              <td>${swatch(run, names)}${run}</td>
              <td>${family}</td>
              <td>${checkpoint.name}, step ${checkpoint.step}</td>
              <td>${context} ${given}</td>
              <td>${parameters.toLocaleString('en')}</td>
              <td>${formatFlops(fromQuantity(flopsPerFrame))}</td>
              <td>${formatQuantity(millisecondsPerFrame, 2)}</td>
            </tr> `;
          },
        )}
      </tbody>
    </table>
  </div>`;
}

function figureTable({ runs, figures }: RunComparison): Markup {
  return html`<div class="card scroll">
    <table>
      <thead>
        <tr>
          <th>figure</th>
          ${runs.map(({ run }) => html`<th>${run}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${figures.map(
          (figure) =>
            html`<tr>
              <td>${figure.label}<small>${arrow(figure)}</small></td>
              ${figure.values.map((value, i) => cell(figure, value, figure.differences[i]))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function cell(figure: ComparedFigure, value: Interval | null, change: Interval | null): Markup {
  if (value === null) return html`<td>–</td>`;
  if (change === null) return intervalCell(value, figure.digits);
  const verdict = verdictOf(figure, change);
  const color = verdict > 0 ? 'holds' : verdict < 0 ? 'misses' : '';
  return intervalCell(
    value,
    figure.digits,
    html`<small class="${color}">${formatChange(figure, change)}</small>`,
  );
}

/** A line a run, and copying the last frame as the first run's scorecard has it. */
function charts(scorecards: readonly Scorecard[], names: readonly string[]): Markup[] {
  const [first] = scorecards;
  const copied = first.rows.filter(({ predictor }) => predictor === 'copy-last');
  const rows = [...scorecards.map(({ run, rows: [model] }) => ({ ...model, predictor: run })), ...copied];
  return first.metrics
    .filter(({ name }) => DRAWN.includes(name) && rows.every((row) => name in row.metrics))
    .map(
      (metric) =>
        html`<div class="card">
          <h3>${metric.label}</h3>
          ${horizonChart({ rows, protocol: first.protocol }, metric, names)}
        </div>`,
    );
}

function definitions({ protocol }: RunComparison, { metrics, rolloutMetrics }: Scorecard): Markup {
  return html`<div class="card">
    <dl>
      ${[...metrics, ...rolloutMetrics].map(
        ({ label, description }) =>
          html`<dt>${label}</dt>
            <dd>${description}</dd>`,
      )}
      <dt>intervals</dt>
      <dd>
        95 % by the percentile bootstrap: ${protocol.draws} draws of whole episodes (seed ${protocol.seed}),
        the same for all runs, so that differences are paired. They cover which episodes were drawn, not the
        chance in training: that takes several seeds. With many figures, some differences look certain by
        chance: one in twenty.
      </dd>
      <dt>${predictorLabel('copy-last')}</dt>
      <dd>Repeats the last context frame: what a model must beat.</dd>
    </dl>
  </div>`;
}
