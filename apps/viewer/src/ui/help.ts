/** The overlay with all keys. */
import { element, icon, button } from './element.ts';
import { keys } from './keys.ts';

export function createHelp(): { root: HTMLDialogElement; toggle(): void } {
  const rows = keys.map(({ label, does }) =>
    element('div', {}, element('dt', {}, element('kbd', {}, label)), element('dd', {}, does)),
  );
  const close = button({ title: 'Close (Esc)', class: 'tool' }, icon('close'), () => root.close());
  const root = element(
    'dialog',
    { class: 'help', 'aria-label': 'Keys and help' },
    element('header', { class: 'caption' }, element('span', { class: 'caption-title' }, 'Keys'), close),
    element('dl', { class: 'keys' }, ...rows),
    element(
      'p',
      {},
      'Drag the picture to move the wipe. Click or drag in a plot to seek. In the scene: drag to turn, wheel to zoom, ',
      'right drag to move, click a body to choose it. The address of this page always leads back to what you see.',
    ),
  );
  // A click on the backdrop is a click on the dialog itself.
  root.addEventListener('click', (event) => event.target === root && root.close());
  return { root, toggle: () => (root.open ? root.close() : root.showModal()) };
}
