/** The physics section of the report: what of mechanics the predicted films keep, and what could not be measured. */
import { html, type Markup } from '@orrery/media';
import type { Scorecard } from '../scorecard/schema.ts';
import type { Column } from '../scorecard/summary.ts';
import { predictorTable } from './tables.ts';

/** Metrics of frames that are about mechanics rather than pictures; the others are in the first table. */
const MECHANICS: readonly string[] = ['energy_drift', 'momentum_drift', 'penetration', 'penetrating'];

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
    html`<div class="card scroll below">${predictorTable(rows, predictors, 'predictor', columns)}</div>`;
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
    .flatMap((metric) =>
      steps.map((step): Column => ({
        metric,
        heading: `${metric.label} @${step}`,
        read: (row) => row.metrics[metric.name].steps[step - 1],
      })),
    );
  return html`<div class="card scroll below">
    ${predictorTable(rows, predictors, 'pictures', columns)}
    ${
      protocol.longest >= 50
        ? ''
        : html`<p class="quiet">
            Episodes leave room for ${protocol.longest} predicted frames, so there is no column @50.
          </p>`
    }
  </div>`;
}
