/** The tables of the report. */
import {
  formatQuantity,
  fromQuantity,
  type Interval,
  type Scorecard,
  type ScorecardRow,
} from '../scorecard/schema.ts';
import { predictorLabel, summaryColumns, type Column } from '../scorecard/summary.ts';
import { html, type Markup } from '@orrery/media';
import { swatch } from './legend.ts';

/** The summary: each predictor's row with 95 % intervals; below, each metric at a few steps. */
export function summaryTables(scorecard: Scorecard, predictors: readonly string[]): Markup {
  const { rows, metrics: measured, protocol } = scorecard;
  const { horizon, longest } = protocol;
  const steps = [...new Set([1, 5, horizon, 20, 50, longest])]
    .filter((step) => step <= longest)
    .sort((a, b) => a - b);
  return html`<div class="card scroll">
    ${predictorTable(rows, predictors, 'predictor', summaryColumns(scorecard))}
    <details>
      <summary>each metric by step</summary>
      ${measured.map(
        (metric) =>
          html`<table>
            <thead>
              <tr>
                <th>${metric.label}</th>
                ${steps.map((step) => html`<th>step ${step}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (row) =>
                  html`<tr class="${rowClass(row)}">
                    ${nameCell(row, predictors)}${steps.map((step) =>
                      intervalCell(row.metrics[metric.name].steps[step - 1], metric.digits),
                    )}
                  </tr> `,
              )}
            </tbody>
          </table>`,
      )}
    </details>
  </div>`;
}

/** A row a predictor, a column a figure. @param corner heading of the predictors */
export function predictorTable(
  rows: readonly ScorecardRow[],
  predictors: readonly string[],
  corner: string,
  columns: readonly Column[],
): Markup {
  return html`<table>
    <thead>
      <tr>
        <th>${corner}</th>
        ${columns.map(({ metric, heading }) => html`<th>${heading}<small>${arrow(metric)}</small></th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr class="${rowClass(row)}">
            ${nameCell(row, predictors)}${columns.map(({ metric, read }) =>
              intervalCell(read(row), metric.digits),
            )}
          </tr> `,
      )}
    </tbody>
  </table>`;
}

function nameCell({ predictor }: ScorecardRow, predictors: readonly string[]): Markup {
  return html`<td>${swatch(predictor, predictors)}${predictorLabel(predictor)}</td>`;
}

/** "dB, higher is better" */
export function arrow({ unit, better }: Pick<Scorecard['metrics'][number], 'unit' | 'better'>): string {
  return `${unit === '' ? '' : `${unit}, `}${better} is better`;
}

/** Rows that stand out: the model's, and those of what cannot be beaten. */
export function rowClass({ predictor }: Pick<ScorecardRow, 'predictor'>): string {
  return predictor === 'model' ? 'model' : ['truth', 'oracle'].includes(predictor) ? 'floor' : '';
}

/** A value above its interval. @param below what stands under them */
export function intervalCell(interval: Interval, digits: number, below: Markup | string = ''): Markup {
  return html`<td>${formatQuantity(interval.value, digits)}${range(interval, digits)}${below}</td>`;
}

function range({ value, low, high }: Interval, digits: number): Markup | string {
  if (low === null || high === null || !Number.isFinite(fromQuantity(value))) return '';
  return html`<small>${formatQuantity(low, digits)} to ${formatQuantity(high, digits)}</small>`;
}

/** The bounds, and how far the model is from each baseline. */
export function boundTables({ figures, comparisons, metrics, protocol }: Scorecard): Markup {
  const digits = (name: string) => metrics.find((metric) => name.startsWith(`${metric.name}/`))?.digits ?? 3;
  const baselines = [...new Set(comparisons.map(({ baseline }) => baseline))];
  const difference = (metric: Scorecard['metrics'][number], baseline: string) => {
    const found = comparisons.find((one) => one.metric === metric.name && one.baseline === baseline);
    return found
      ? html`<td>${formatQuantity(found.mean.value, metric.digits)}${range(found.mean, metric.digits)}</td>`
      : html`<td></td>`;
  };
  return html`<div class="card scroll">
      <table>
        <thead>
          <tr>
            <th>figure</th>
            <th>value</th>
            <th>bound</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          ${figures
            .filter(({ bound }) => bound !== null)
            .map(
              ({ name, value, unit, bound, holds }) =>
                html`<tr>
                  <td>${name}</td>
                  <td>${formatQuantity(value, digits(name))} ${unit}</td>
                  <td>${bound ?? ''}</td>
                  <td class="${holds ? 'holds' : 'misses'}">${holds ? 'holds' : 'missed'}</td>
                </tr> `,
            )}
        </tbody>
      </table>
    </div>
    <div class="card scroll below">
      <h3>Model minus baseline, steps 1 to ${protocol.horizon}, on the same rollouts</h3>
      <table>
        <thead>
          <tr>
            <th>baseline</th>
            ${metrics.map((metric) => html`<th>${metric.label}<small>${arrow(metric)}</small></th>`)}
          </tr>
        </thead>
        <tbody>
          ${baselines.map(
            (baseline) =>
              html`<tr>
                <td>${predictorLabel(baseline)}</td>
                ${metrics.map((metric) => difference(metric, baseline))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}
