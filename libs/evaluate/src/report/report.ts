/** `report.html`: one page that says what was run, what came out, and what each number means. */
import type { KeptRollout } from '../rollouts.ts';
import { formatQuantity, fromQuantity, type Scorecard } from '../scorecard/schema.ts';
import { horizonChart, lossChart, type LossPoint } from './charts.ts';
import { examples } from './examples.ts';
import { html, STYLE_SHEET, trusted, type Markup } from '@orrery/media';
import { legend, swatch } from './legend.ts';
import { definitions, provenanceTable, type Provenance } from './notes.ts';
import { physicsTable, pictureTable } from './physics.ts';
import { shiftSection } from './shifts.ts';
import { probeSection } from './probes.ts';
import { surpriseSection } from './surprise.ts';
import { boundTables, summaryTables } from './tables.ts';
import type { SurpriseExample } from '../surprise.ts';

export interface ReportOptions {
  readonly scorecard: Scorecard;
  readonly provenance: Provenance;
  /** Training and validation losses in their order; none where the run logged none. */
  readonly losses: readonly LossPoint[];
  /** Rollouts from which the examples are chosen. */
  readonly rollouts: readonly KeptRollout[];
  /** A pair of each violation; none where there are no pairs. */
  readonly pairs?: readonly SurpriseExample[];
  /** Shell commands that make this report again, one a line. */
  readonly commands: readonly string[];
}

export function renderReport(options: ReportOptions): string {
  const { scorecard } = options;
  const predictors = scorecard.rows.map((row) => row.predictor).filter((name) => name !== 'truth');
  const filmed = predictors.filter((name) => name !== 'oracle');
  const { protocol, dataset } = scorecard;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${scorecard.run} · Orrery report</title>
        <style>
          ${trusted(STYLE_SHEET)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <div class="eyebrow">Orrery report</div>
            <h1>${scorecard.run}</h1>
            <p>
              ${scorecard.family} on ${dataset.name}: ${protocol.rollouts} rollouts of ${protocol.longest}
              frames from ${protocol.episodes} held-out episodes (split “${dataset.split}”),
              ${protocol.context} context frames each
            </p>
          </header>
          ${verdict(scorecard)} ${tiles(scorecard)}
          <h2>Model beside baselines</h2>
          ${summaryTables(scorecard, predictors)} ${pictureTable(scorecard, predictors)}
          <h2>Physics</h2>
          ${physicsTable(scorecard, predictors)}
          <h2>How errors grow</h2>
          ${legend(scorecard, predictors)}
          <div class="charts">
            ${scorecard.metrics
              .filter(({ name }) => !UNDRAWN.includes(name))
              .map(
                (metric) =>
                  html`<div class="card">
                    <h3>${metric.label}</h3>
                    ${horizonChart(scorecard, metric, predictors)}
                  </div>`,
              )}
            ${options.losses.length === 0 ? '' : lossCard(options.losses)}
          </div>
          ${shiftSection(scorecard, predictors)}
          ${surpriseSection(scorecard, options.pairs ?? [], predictors)} ${probeSection(scorecard)}
          <h2>Example rollouts</h2>
          ${examples(scorecard, options.rollouts, filmed)}
          <h2>Bounds</h2>
          ${boundTables(scorecard)}
          <h2>What the numbers mean</h2>
          ${definitions(scorecard)}
          <h2>What was run</h2>
          ${provenanceTable(scorecard, options.provenance)}
          <h2>Again</h2>
          <pre>${options.commands.join('\n')}</pre>
          <footer>
            All numbers of this page are in <code>scorecard.json</code> beside it; the rollouts are in
            <code>rollouts.zarr</code>.
          </footer>
        </main>
      </body>
    </html> `;
  return page.markup;
}

/** Metrics without a chart of their own: another one tells nearly the same. */
const UNDRAWN: readonly string[] = ['lost', 'penetrating'];

function verdict({ figures, protocol }: Scorecard): Markup {
  const bounded = figures.filter(({ bound }) => bound !== null);
  const missed = bounded.filter(({ holds }) => !holds);
  return missed.length === 0
    ? html`<div class="verdict">
        The model beats copying the last frame and linear extrapolation over ${protocol.horizon} predicted
        frames: all ${bounded.length} bounds hold.
      </div>`
    : html`<div class="verdict missed">
        ${missed.length} of ${bounded.length} bounds are missed: ${missed.map(({ name }) => name).join(', ')}.
      </div>`;
}

function tiles({ cost, rows, metrics, protocol }: Scorecard): Markup {
  const model = rows[0];
  const last = protocol.horizon - 1;
  const tile = (value: string, label: string) =>
    html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
  const flops = fromQuantity(cost.flopsPerFrame);
  return html`<div class="tiles">
    ${metrics
      .filter(({ name }) => ['psnr', 'ssim', 'position_error'].includes(name))
      .map((metric) =>
        tile(
          `${formatQuantity(model.metrics[metric.name].steps[last].value, metric.digits)} ${metric.unit}`.trim(),
          `${metric.label} at step ${protocol.horizon}`,
        ),
      )}
    ${model.rollouts['valid_time'] ? tile(`${formatQuantity(model.rollouts['valid_time'].longest.value, 2)} s`, 'valid prediction time') : ''}
    ${tile(cost.parameters.toLocaleString('en'), 'parameters')}
    ${tile(Number.isNaN(flops) ? '–' : `${(flops / 1e6).toPrecision(3)} M`, 'FLOPs a frame')}
    ${tile(`${formatQuantity(cost.millisecondsPerFrame, 2)} ms`, 'a predicted frame')}
  </div>`;
}

function lossCard(losses: readonly LossPoint[]): Markup {
  const validated = losses.some(({ kind }) => kind === 'validation');
  return html`<div class="card">
    <h3>
      Loss while
      training${
        validated
          ? html` <span class="legend"
              ><span>${swatch('truth', [])}training</span
              ><span>${swatch('model', ['model'])}validation</span></span
            >`
          : ''
      }
    </h3>
    ${lossChart(losses)}
  </div>`;
}
