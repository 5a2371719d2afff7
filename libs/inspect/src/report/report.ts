/** `index.html`: what is in a dataset, on one page with its pictures inside. */
import { html, STYLE_SHEET, trusted, type Markup } from '@orrery/media';
import type { DatasetStatistics } from '../statistics/schema.ts';
import {
  actionsTable,
  arraysTable,
  factorsTable,
  formatBytes,
  splitsTable,
  type Table,
} from '../statistics/tables.ts';

export interface InspectionReportOptions {
  readonly statistics: DatasetStatistics;
  /** PNG */
  readonly contactSheet: Uint8Array;
  /** MP4 */
  readonly video: Uint8Array;
}

export function renderInspection({ statistics, contactSheet, video }: InspectionReportOptions): string {
  const { dataset, episodes, frames, seconds, arrays } = statistics;
  const bytes = Object.values(arrays).reduce((sum, array) => sum + array.bytes, 0);
  const stored = Object.values(arrays).reduce((sum, array) => sum + array.stored, 0);
  const tile = (value: string, label: string) =>
    html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
  const factors = factorsTable(statistics);
  const actions = actionsTable(statistics);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${dataset.name} ${dataset.size} · Orrery dataset</title>
        <style>
          ${trusted(STYLE_SHEET)} .look {
            max-width: 100%;
            display: block;
            image-rendering: pixelated;
          }
        </style>
      </head>
      <body>
        <main>
          <header>
            <div class="eyebrow">Orrery dataset</div>
            <h1>${dataset.name} ${dataset.size}</h1>
            <p>seed ${dataset.seed}, generator ${dataset.generator}, checksum ${dataset.checksum}</p>
          </header>
          <div class="tiles">
            ${tile(episodes.toLocaleString('en'), 'episodes')} ${tile(String(frames), 'frames each')}
            ${tile(`${Number(seconds.toPrecision(4)).toLocaleString('en')} s`, 'simulated')}
            ${tile(formatBytes(stored), `on disk, of ${formatBytes(bytes)}`)}
          </div>
          <h2>Episodes</h2>
          <div class="card scroll">
            <img
              class="look"
              alt="frames of some episodes, from left to right in time"
              src="${uri('image/png', contactSheet)}"
            />
          </div>
          <div class="card scroll below">
            <video class="look" controls loop muted src="${uri('video/mp4', video)}"></video>
          </div>
          <h2>Splits</h2>
          ${table(splitsTable(statistics))}
          ${
            factors.length > 1
              ? html`<h2>Factors of variation</h2>
                  ${table(factors)}`
              : ''
          }
          ${
            actions.length > 1
              ? html`<h2>Actions</h2>
                  ${table(actions)}`
              : ''
          }
          <h2>Arrays</h2>
          ${table(arraysTable(statistics))}
          <footer>
            All numbers of this page are in <code>statistics.json</code> beside it. Infinite depths and empty
            contact slots are left out of them.
          </footer>
        </main>
      </body>
    </html> `.markup;
}

function table([head, ...rows]: Table): Markup {
  return html`<div class="card scroll">
    <table>
      <thead>
        <tr>
          ${head!.map((cell) => html`<th>${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

const uri = (type: string, bytes: Uint8Array) =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
