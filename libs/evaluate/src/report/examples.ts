/** Film strips of the model's best, middle and worst rollouts. */
import type { KeptRollout } from '../rollouts.ts';
import type { Scorecard } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import { html, type Markup } from '@orrery/media';
import { swatch } from './legend.ts';
import { filmStrip } from './strips.ts';

/** Best, middle and worst of the kept rollouts by the model's position error (by PSNR where nothing is followed). */
export function chooseExamples(
  rollouts: readonly KeptRollout[],
  model: string,
): { label: string; rollout: KeptRollout }[] {
  const score = ({ predictions }: KeptRollout) => {
    const { values } = predictions[model];
    const errors = values['position_error'].some(Number.isNaN) ? values['psnr'] : values['position_error'];
    return errors.reduce((sum, value) => sum + value, 0);
  };
  const sorted = rollouts.toSorted((a, b) => score(a) - score(b));
  const picks = [
    ['best', 0],
    ['median', Math.floor((sorted.length - 1) / 2)],
    ['worst', sorted.length - 1],
  ] as const;
  const distinct = picks.filter(
    ([, index], i) => index >= 0 && picks.findIndex((pick) => pick[1] === index) === i,
  );
  return distinct.map(([label, index]) => ({ label, rollout: sorted[index] }));
}

export function examples(
  scorecard: Scorecard,
  rollouts: readonly KeptRollout[],
  predictors: readonly string[],
): Markup {
  const { context, horizon, longest } = scorecard.protocol;
  const wanted = [1, 2, 4, 6, 8, horizon, 15, 20, 25, 30, longest];
  const steps = [...new Set(wanted)].filter((step) => step <= longest).sort((a, b) => a - b);
  const frames = [context - 1, ...steps.map((step) => context + step - 1)];
  const chosen = chooseExamples(rollouts, predictors[0]);
  return html`<p class="legend">
      <span
        >Of ${rollouts.length} kept rollouts, by the model’s position error:
        ${list(chosen.map(({ label }) => `the ${label}`))}. The first column is the last frame that was
        given.</span
      >
    </p>
    ${chosen.map(({ label, rollout: { clip, truth, predictions } }) => {
      const strips = [
        ['truth', truth] as const,
        ...predictors.map((predictor) => [predictor, predictions[predictor]] as const),
      ];
      return html`<div class="card rollout scroll">
        <h3>Episode ${clip.episode}, from frame ${clip.start}: ${label}</h3>
        <div class="strips">
          <span></span>
          <div class="steps"><span>given</span>${steps.map((step) => html`<span>${step}</span>`)}</div>
          ${strips.map(
            ([predictor, { frames: pictures }]) =>
              html`<span
                  >${swatch(predictor, predictors)}${
                    predictor === 'truth' ? 'truth' : predictorLabel(predictor)
                  }</span
                ><img
                  alt="${predictorLabel(predictor)}: frames at steps 0, ${steps.join(', ')}"
                  src="${filmStrip(pictures, frames, clip)}"
                /> `,
          )}
        </div>
      </div>`;
    })}`;
}

/** "the best, the median and the worst" */
function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
