/** The numbers of the frame on the screen: each predictor's errors, each ball's, and where the data comes from. */
import { phaseOf } from '../clock.ts';
import { decibels, distance, format, meanSquaredError } from '../metrics.ts';
import { isLoaded, timelineOf, type Actions, type LoadedModel, type Part } from '../model.ts';
import { element, setText } from './element.ts';
import { predictorColor } from './theme.ts';

export function createNumbers(actions: Actions): Part & { root: HTMLElement } {
  const heading = element('span', { class: 'caption-title' });
  const step = element('span', { class: 'badge' });
  const predictors = element('tbody');
  const bodies = element('tbody');
  const source = element('dl', { class: 'source' });
  const root = element(
    'section',
    { class: 'panel numbers', 'aria-label': 'Numbers of this frame' },
    element('header', { class: 'caption' }, heading, step),
    element(
      'div',
      { class: 'numbers-body' },
      table(['Predictor', 'PSNR dB', 'MSE ×10⁻³', 'Position m'], predictors),
      table(['Body', 'True x, y, z m', 'Predicted x, y, z m', 'Error m'], bodies),
      source,
    ),
  );
  let shown: LoadedModel | undefined;
  return {
    root,
    update(model) {
      if (!isLoaded(model)) return;
      const other = shown?.manifest !== model.manifest || shown.rollout.index !== model.rollout.index;
      const same = !other && shown?.clock.frame === model.clock.frame && shown.predictor === model.predictor;
      if (other) {
        predictors.replaceChildren(...predictorRows(model, actions));
        bodies.replaceChildren(...bodyRows(model, actions));
        source.replaceChildren(...sourceItems(model));
      }
      if (!same) {
        const timeline = timelineOf(model.manifest);
        const { frame } = model.clock;
        const phase = phaseOf(frame, timeline);
        setText(heading, `Frame ${frame}`);
        setText(
          step,
          phase === 'given'
            ? `given, ${frame + 1} of ${timeline.context}`
            : `imagined, step ${frame - timeline.context + 1} of ${timeline.frames - timeline.context}`,
        );
        step.dataset.phase = phase;
        fillPredictors(model, predictors);
        fillBodies(model, bodies);
      }
      for (const row of bodies.rows)
        row.toggleAttribute('data-chosen', Number(row.dataset.body) === model.body);
      shown = model;
    },
  };
}

function table(columns: readonly string[], body: HTMLTableSectionElement): HTMLElement {
  const head = element('tr', {}, ...columns.map((name) => element('th', { scope: 'col' }, name)));
  return element('table', {}, element('thead', {}, head), body);
}

/** A row whose first cell is a button with a coloured mark. */
function row(name: string, mark: string, cells: number, act: () => void): HTMLTableRowElement {
  const swatch = element('i', { class: 'swatch' });
  swatch.style.background = mark;
  const choose = element('button', { type: 'button', class: 'row-button' }, swatch, name);
  choose.addEventListener('click', (event) => {
    act();
    if (event.detail > 0) choose.blur();
  });
  const values = Array.from({ length: cells }, () => element('td', { class: 'number' }));
  return element('tr', {}, element('th', { scope: 'row' }, choose), ...values);
}

function predictorRows({ manifest }: LoadedModel, actions: Actions): HTMLTableRowElement[] {
  return manifest.predictors.map((name, i) => {
    const created = row(name, predictorColor(i), 3, () => actions.change({ predictor: name }));
    created.dataset.predictor = name;
    return created;
  });
}

function fillPredictors(model: LoadedModel, target: HTMLTableSectionElement): void {
  const { manifest, rollout, clock } = model;
  const size = manifest.width * manifest.height * 3;
  const frame = (rgb: Uint8Array) => rgb.subarray(clock.frame * size, (clock.frame + 1) * size);
  for (const [i, name] of manifest.predictors.entries()) {
    const prediction = rollout.predictors[name];
    const error = meanSquaredError(frame(rollout.truth.rgb), frame(prediction.rgb));
    const cells = target.rows[i].cells;
    target.rows[i].toggleAttribute('data-chosen', name === model.predictor);
    setText(cells[1], format(decibels(error), 2));
    setText(cells[2], format(1000 * error, 3));
    setText(cells[3], format(prediction.positionError[clock.frame], 3));
  }
}

function bodyRows({ manifest, rollout }: LoadedModel, actions: Actions): HTMLTableRowElement[] {
  const { bodies } = manifest.rollouts[rollout.index].scene;
  return manifest.tracked.map((body) => {
    const { name, color } = bodies[body];
    const created = row(name, cssColor(color), 3, () => actions.change({ body }));
    created.dataset.body = String(body);
    return created;
  });
}

function fillBodies(model: LoadedModel, target: HTMLTableSectionElement): void {
  const { manifest, rollout, clock, predictor } = model;
  const count = manifest.rollouts[rollout.index].scene.bodies.length;
  for (const [m, body] of manifest.tracked.entries()) {
    const at = (clock.frame * count + body) * 3;
    const truth = rollout.truth.position.subarray(at, at + 3);
    const parsedAt = (clock.frame * manifest.tracked.length + m) * 3;
    const parsed = rollout.predictors[predictor].parsed.subarray(parsedAt, parsedAt + 3);
    const cells = target.rows[m].cells;
    setText(cells[1], coordinates(truth));
    setText(cells[2], Number.isNaN(parsed[0]) ? 'not found' : coordinates(parsed));
    setText(cells[3], format(distance(truth, parsed), 3));
  }
}

function coordinates(position: ArrayLike<number>): string {
  return [0, 1, 2].map((axis) => format(position[axis], 2)).join(' ');
}

function sourceItems({ run, manifest, rollout }: LoadedModel): HTMLElement[] {
  const { episode, start, scene } = manifest.rollouts[rollout.index];
  const last = start + manifest.context + manifest.horizon - 1;
  const items: [string, string][] = [
    ['Run', run.id],
    ['Model', manifest.family],
    ['Dataset', manifest.dataset],
    ['Episode', `${episode}, frames ${start} to ${last}`],
    ['Frames', `${manifest.width} × ${manifest.height}, every ${format(1000 * manifest.dt, 1)} ms`],
    ['Scene', `${scene.name}, ${scene.bodies.length} bodies`],
  ];
  return items.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value)));
}

/** Linear RGB as CSS. */
function cssColor([r, g, b]: readonly number[]): string {
  return `color(srgb-linear ${r} ${g} ${b})`;
}
