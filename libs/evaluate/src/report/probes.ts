/** The report's section on what can be read from the model's state. */
import { html, type Markup } from '@orrery/media';
import type { Scorecard } from '../scorecard/schema.ts';
import { intervalCell } from './tables.ts';

/** Empty where nothing was probed. */
export function probeSection({ probes, protocol }: Scorecard): Markup {
  if (probes === null) return html``;
  return html`<h2>What the state holds</h2>
    <p class="quiet">
      Linear probes: ridge regressions from the ${probes.features} numbers that the model remembers of its
      context to what is true of the bodies in the newest context frame, fitted on ${probes.samples} contexts
      of training episodes and judged on held-out ones. R² is 1 where all of it can be read linearly, 0 where
      the mean is as good; of all bodies and axes together.
      ${
        protocol.follows === 'frames'
          ? ''
          : 'This model is given states and its own state holds them, so all that they say can be read: an R² near 1 is no merit of it, and not to be compared with that of a model of frames.'
      }
    </p>
    <div class="card scroll">
      <table>
        <thead>
          <tr>
            <th>quantity</th>
            <th>R²</th>
          </tr>
        </thead>
        <tbody>
          ${probes.rows.map(
            ({ quantity, r2 }) =>
              html`<tr>
                <td>${quantity}</td>
                ${intervalCell(r2, 3)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}
