/** The report's section on splits that draw one factor of the scene from outside the range of training. */
import { html, type Markup } from '@orrery/media';
import type { Scorecard } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import { shiftChart } from './charts.ts';
import { legendOf, swatch } from './legend.ts';
import { arrow, intervalCell, rowClass } from './tables.ts';

const SHOWN: readonly string[] = ['position_error', 'psnr', 'valid_time'];

/** Empty where the dataset has no shifted splits. */
export function shiftSection(scorecard: Scorecard, predictors: readonly string[]): Markup {
  const { shifts, protocol } = scorecard;
  // Its points would press all others together.
  const drawn = predictors.filter((name) => name !== 'oracle');
  if (shifts.length < 2) return html``;
  const defined = [...scorecard.metrics, ...scorecard.rolloutMetrics];
  const shown = SHOWN.flatMap((name) => defined.filter((metric) => metric.name === name));
  return html`<h2>Out of distribution</h2>
    <p class="quiet">
      Each shifted split draws one factor from a range that training never saw. Means over steps 1 to
      ${protocol.horizon}, on ${shifts[1].episodes} episodes a split.
    </p>
    ${legendOf(scorecard.rows, drawn)}
    <div class="charts">
      ${shown.map(
        (metric) =>
          html`<div class="card">
            <h3>${metric.label}</h3>
            ${shiftChart(scorecard, metric, drawn)}
          </div>`,
      )}
    </div>
    ${shown.map(
      (metric) =>
        html`<div class="card scroll below">
          <table>
            <thead>
              <tr>
                <th>${metric.label}<small>${arrow(metric)}</small></th>
                ${shifts.map(({ split, factor, range, unit }) =>
                  factor === null
                    ? html`<th>in distribution<small>split “${split}”</small></th>`
                    : html`<th>
                        ${factor}<small
                          >${range === null ? '' : `${range[0]} to ${range[1]} ${unit === '1' ? '' : unit}`}</small
                        >
                      </th>`,
                )}
              </tr>
            </thead>
            <tbody>
              ${scorecard.rows.map(
                (row) =>
                  html`<tr class="${rowClass(row)}">
                    <td>${swatch(row.predictor, predictors)}${predictorLabel(row.predictor)}</td>
                    ${shifts.map(({ rows }) => {
                      const value = rows.find(({ predictor }) => predictor === row.predictor)?.metrics[
                        metric.name
                      ];
                      return value ? intervalCell(value, metric.digits) : html`<td>–</td>`;
                    })}
                  </tr> `,
              )}
            </tbody>
          </table>
        </div>`,
    )}`;
}
