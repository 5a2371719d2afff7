/** What the numbers mean, and what was run. */
import type { Scorecard } from '../scorecard/schema.ts';
import { predictorLabel } from '../scorecard/summary.ts';
import { html, type Markup } from '@orrery/media';

/** What the report says of a run besides its scorecard. */
export interface Provenance {
  /** Whatever the run's config holds; printed as JSON. */
  readonly config: unknown;
  readonly seed: number;
  /** Git revision of the code that trained. */
  readonly revision: string;
  /** Checksum of the dataset that it was trained on. */
  readonly trainedOn: string;
}

export function definitions({ metrics, rolloutMetrics, rows, protocol }: Scorecard): Markup {
  const measured = [...metrics, ...rolloutMetrics];
  return html`<div class="card">
    <dl>
      ${measured.map(
        ({ label, description }) =>
          html`<dt>${label}</dt>
            <dd>${description}</dd>`,
      )}
      ${
        protocol.follows === 'frames'
          ? []
          : html`<dt>positions</dt>
              <dd>
                This model predicts states, and so do the predictors beside it: positions are those that they
                say, of all bodies that move, and nothing is looked for in pictures. Pictures are drawn from
                the predicted states by the renderer of the dataset.
              </dd>`
      }
      ${rows.map(
        ({ predictor, description }) =>
          html`<dt>${predictorLabel(predictor)}</dt>
            <dd>${description}</dd>`,
      )}
      <dt>intervals</dt>
      <dd>
        95 % by the percentile bootstrap: ${protocol.draws} draws of whole episodes (seed ${protocol.seed}),
        because rollouts of one episode are not independent; every predictor is measured on the same draws, so
        differences are paired. They cover which episodes were drawn, not the chance in training: that takes
        several seeds.
      </dd>
      <dt>bounds</dt>
      <dd>
        The model must beat copying the last frame and linear extrapolation in PSNR and in position error,
        over the mean of steps 1 to ${protocol.horizon} and at step ${protocol.horizon} itself. A bound
        compares the values themselves, unrounded.
      </dd>
      <dt>time</dt>
      <dd>
        Milliseconds a predicted frame takes on the machine of this run, over whole batches of rollouts,
        context included; FLOPs are counted on the graph.
      </dd>
    </dl>
  </div>`;
}

export function provenanceTable(
  scorecard: Scorecard,
  { config, seed, revision, trainedOn }: Provenance,
): Markup {
  const { dataset, checkpoint, family, protocol } = scorecard;
  const rows: readonly (readonly [string, string])[] = [
    ['run', scorecard.run],
    ['family', family],
    ['checkpoint', `${checkpoint.name}, step ${checkpoint.step}`],
    ['seed', String(seed)],
    ['git revision', revision],
    ['dataset', dataset.name],
    ['dataset checksum', dataset.checksum],
    ['trained on', trainedOn === dataset.checksum ? 'the training split of this dataset' : trainedOn],
    ['time between frames', `${Number(protocol.dt.toPrecision(6))} s`],
  ];
  return html`<div class="card">
    <dl>
      ${rows.map(
        ([term, value]) =>
          html`<dt>${term}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    <details>
      <summary>configuration</summary>
      <pre>${JSON.stringify(config, null, 2) ?? ''}</pre>
    </details>
  </div>`;
}
