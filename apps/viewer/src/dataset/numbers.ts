/** The numbers of the frame on the screen: where each body is and how fast, energy, contacts, actions, drawn factors. */
import type { Manifest } from '@orrery/dataset';
import { format } from '../metrics.ts';
import { element } from '../ui/element.ts';
import type { Episode } from './episode.ts';

export interface Numbers {
  readonly root: HTMLElement;
  show(manifest: Manifest, episode: Episode, frame: number, body: number | undefined): void;
}

/** @param choose called with the index of a body whose name is pressed */
export function createNumbers(choose: (body: number) => void): Numbers {
  const heading = element('span', { class: 'caption-title' });
  const bodies = element('tbody');
  const values = element('dl', { class: 'source values' });
  const columns = ['Body', 'Position x, y, z m', 'Velocity x, y, z m/s'];
  const head = element('tr', {}, ...columns.map((name) => element('th', { scope: 'col' }, name)));
  const root = element(
    'section',
    { class: 'panel numbers', 'aria-label': 'Numbers of this frame' },
    element('header', { class: 'caption' }, heading),
    element(
      'div',
      { class: 'numbers-body' },
      element('table', {}, element('thead', {}, head), bodies),
      values,
    ),
  );
  return {
    root,
    show(manifest, episode, frame, chosen) {
      heading.textContent = `Frame ${frame}`;
      bodies.replaceChildren(...episode.tracked.map((body) => bodyRow(episode, frame, body, chosen, choose)));
      values.replaceChildren(
        ...items(manifest, episode, frame).map(([name, value]) =>
          element('div', {}, element('dt', {}, name), element('dd', {}, value)),
        ),
      );
    },
  };
}

function bodyRow(
  { record, motion, velocity }: Episode,
  frame: number,
  body: number,
  chosen: number | undefined,
  choose: (body: number) => void,
): HTMLTableRowElement {
  const { name, color } = record.scene.bodies[body];
  const at = (frame * record.scene.bodies.length + body) * 3;
  const swatch = element('i', { class: 'swatch' });
  swatch.style.background = `color(srgb-linear ${color.join(' ')})`;
  const press = element('button', { type: 'button', class: 'row-button' }, swatch, name);
  press.addEventListener('click', () => choose(body));
  const cell = (values: Float32Array) =>
    element('td', { class: 'number' }, [0, 1, 2].map((axis) => format(values[at + axis], 2)).join(' '));
  return element(
    'tr',
    { 'data-body': body, 'data-chosen': body === chosen },
    element('th', { scope: 'row' }, press),
    cell(motion.position),
    cell(velocity),
  );
}

function items(manifest: Manifest, episode: Episode, frame: number): [string, string][] {
  const { record, energy, contacts, action } = episode;
  const { actions } = manifest;
  return [
    ...(record.variant === undefined ? [] : [['Variant', record.variant] as [string, string]]),
    ...(record.policy === undefined ? [] : [['Policy', record.policy] as [string, string]]),
    ['Energy', `${format(energy[frame], 3)} J`],
    ['Contacts', String(contacts[frame])],
    ...actions.map(({ name }, i): [string, string] => [
      name,
      format(action?.[frame * actions.length + i] ?? NaN, 2),
    ]),
    ...Object.entries(record.scene.factors).map(([name, value]): [string, string] => [
      name,
      String(Number(value.toPrecision(4))),
    ]),
  ];
}
