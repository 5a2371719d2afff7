/** Colours of the predictors, the same in tables, charts and film strips. */
import type { Scorecard } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import { html, type Markup } from '@orrery/media';

/** CSS colour of a predictor; the style sheet holds the values for light and dark. */
export function seriesColor(predictor: string, predictors: readonly string[]): string {
  const index = predictors.indexOf(predictor);
  return index < 0 ? 'var(--truth)' : `var(--series-${Math.min(index, 4)})`;
}

export function swatch(predictor: string, predictors: readonly string[]): Markup {
  return html`<i class="swatch" style="background:${seriesColor(predictor, predictors)}"></i>`;
}

/** The colours of predictors. */
export function legendOf(rows: Scorecard['rows'], predictors: readonly string[]): Markup {
  const drawn = rows.filter(({ predictor }) => predictors.includes(predictor));
  return html`<p class="legend">
    ${drawn.map(
      ({ predictor }) => html`<span>${swatch(predictor, predictors)}${predictorLabel(predictor)}</span>`,
    )}<span>bar: 95 % interval</span>
  </p>`;
}

export function legend({ rows, protocol }: Scorecard, predictors: readonly string[]): Markup {
  return html`<p class="legend">
    ${rows.map(
      ({ predictor }) => html`<span>${swatch(predictor, predictors)}${predictorLabel(predictor)}</span>`,
    )}<span>band: 95 % interval</span><span>dashed: step ${protocol.horizon}, where the bounds are read</span>
  </p>`;
}
