/** The physics section of the report: what of mechanics the predicted films keep, and what could not be measured. */
import { html, type Markup } from '@orrery/media';
import type { Interval, Scorecard, ScorecardRow } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import { swatch } from './legend.ts';
import { arrow, intervalCell, rowClass } from './tables.ts';

/** Metrics of frames that are about mechanics rather than pictures; the others are in the first table. */
const MECHANICS: readonly string[] = ['energy_drift', 'momentum_drift', 'penetration', 'penetrating'];

interface Column {
  readonly metric: Scorecard['metrics'][number];
  readonly heading: string;
  read(row: ScorecardRow): Interval;
}

export function physicsTable(scorecard: Scorecard, predictors: readonly string[]): Markup {
  const { rows, protocol, unmeasured } = scorecard;
  const ofRollouts = scorecard.rolloutMetrics.map((metric): Column => ({
    metric,
    heading: `${metric.label} 1–${protocol.longest}`,
    read: (row) => row.rollouts[metric.name].longest,
  }));
  const ofFrames = scorecard.metrics
    .filter(({ name }) => MECHANICS.includes(name))
    .map((metric): Column => ({
      metric,
      heading: `${metric.label} 1–${protocol.horizon}`,
      read: (row) => row.metrics[metric.name].mean,
    }));
  const table = (columns: readonly Column[]) =>
    html`<div class="card scroll below">
      <table>
        <thead>
          <tr>
            <th>predictor</th>
            ${columns.map(({ metric, heading }) => html`<th>${heading}<small>${arrow(metric)}</small></th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr class="${rowClass(row)}">
                <td>${swatch(row.predictor, predictors)}${predictorLabel(row.predictor)}</td>
                ${columns.map(({ metric, read }) => intervalCell(read(row), metric.digits))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
  return html`${inRows(ofRollouts).map(table)} ${inRows(ofFrames).map(table)}
  ${
    unmeasured.length === 0
      ? ''
      : html`<p class="quiet below">
          <span
            >Not measured here:
            ${unmeasured.map(({ label, reason }) => `${label} (${reason})`).join('; ')}.</span
          >
        </p>`
  }`;
}

/** Columns that fit beside each other. */
const ABREAST = 4;

/** Columns in as many tables as they need, evenly. */
function inRows(columns: readonly Column[]): Column[][] {
  const tables = Math.ceil(columns.length / ABREAST);
  const each = Math.ceil(columns.length / tables);
  return Array.from({ length: tables }, (_, i) => columns.slice(i * each, (i + 1) * each));
}

/** PSNR and SSIM at fixed steps, as far as the rollouts go. */
export function pictureTable(scorecard: Scorecard, predictors: readonly string[]): Markup {
  const { rows, protocol } = scorecard;
  const steps = [1, 10, 50].filter((step) => step <= protocol.longest);
  const columns = scorecard.metrics
    .filter(({ name }) => name === 'psnr' || name === 'ssim')
    .flatMap((metric) => steps.map((step) => ({ metric, step })));
  return html`<div class="card scroll below">
    <table>
      <thead>
        <tr>
          <th>pictures</th>
          ${columns.map(
            ({ metric, step }) => html`<th>${metric.label} @${step}<small>${arrow(metric)}</small></th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr class="${rowClass(row)}">
              <td>${swatch(row.predictor, predictors)}${predictorLabel(row.predictor)}</td>
              ${columns.map(({ metric, step }) =>
                intervalCell(row.metrics[metric.name].steps[step - 1], metric.digits),
              )}
            </tr> `,
        )}
      </tbody>
    </table>
    ${
      protocol.longest >= 50
        ? ''
        : html`<p class="quiet">
            Episodes leave room for ${protocol.longest} predicted frames, so there is no column @50.
          </p>`
    }
  </div>`;
}
