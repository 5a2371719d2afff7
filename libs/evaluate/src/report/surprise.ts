/** The report's section on matched pairs of possible and impossible films. */
import { html, type Markup } from '@orrery/media';
import type { Scorecard } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import type { SurpriseExample } from '../surprise.ts';
import { surpriseChart } from './charts.ts';
import { swatch } from './legend.ts';
import { filmStrip } from './strips.ts';
import { intervalCell, rowClass } from './tables.ts';

/** Frames of a film strip. */
const COLUMNS = 12;

/** Empty where the dataset has no pairs. */
export function surpriseSection(
  scorecard: Scorecard,
  pairs: readonly SurpriseExample[],
  predictors: readonly string[],
): Markup {
  const { surprise } = scorecard;
  if (surprise === null) return html``;
  return html`<h2>Surprise</h2>
    <p class="quiet">
      Matched films that are equal until something impossible happens in one of them. The predictor sees the
      frames until the body is last seen before that, and imagines on; the pair is told right where the
      imagination is nearer to the possible film, in squared error of pixels over up to ${surprise.frames}
      frames from the violation on. Chance is 50 %; what baselines reach shows how far pictures alone tell a
      violation apart: films with a body in view for longer are farther from any film without it.
    </p>
    <div class="card scroll">
      <table>
        <thead>
          <tr>
            <th>pairs told right, %</th>
            <th>all</th>
            ${surprise.violations.map(
              ({ violation, pairs: count }) => html`<th>${violation}<small>${count} pairs</small></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${surprise.overall.map(
            ({ predictor, accuracy }) =>
              html`<tr class="${rowClass({ predictor })}">
                <td>${swatch(predictor, predictors)}${predictorLabel(predictor)}</td>
                ${intervalCell(accuracy, 1)}
                ${surprise.violations.map(({ rows }) =>
                  intervalCell(rows.find((row) => row.predictor === predictor)!.accuracy, 1),
                )}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    <div class="card below">${surpriseChart(surprise, predictors)}</div>
    <details class="card below">
      <summary>an example of each violation</summary>
      ${pairs.map(example)}
    </details>`;
}

function example(pair: SurpriseExample): Markup {
  const { violation, episode, violated, width, height } = pair;
  const length = pair.possible.length / (3 * width * height);
  const frames = [
    ...new Set(Array.from({ length: COLUMNS }, (_, i) => Math.round((i * (length - 1)) / (COLUMNS - 1)))),
  ];
  const films = [
    ['possible', pair.possible],
    ['impossible', pair.impossible],
    ['the model', pair.predicted],
  ] as const;
  return html`<div class="rollout scroll below">
    <h3>${violation}: episodes ${episode} and ${episode + 1}, violated at step ${violated}</h3>
    <div class="strips">
      <span></span>
      <div class="steps">${frames.map((t) => html`<span>${t === 0 ? 'given' : t}</span>`)}</div>
      ${films.map(
        ([name, film]) =>
          html`<span>${name}</span
            ><img
              alt="${violation}, ${name}: frames at steps ${frames.join(', ')}"
              src="${filmStrip(film, frames, { width, height })}"
            /> `,
      )}
    </div>
  </div>`;
}
