/** What is said where a page cannot be drawn at all. */
import { element } from './element.ts';

export function showUnable(root: HTMLElement, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  root.replaceChildren(
    element(
      'div',
      { class: 'problem', role: 'alert' },
      element('h2', {}, 'The viewer cannot draw'),
      element('p', { class: 'problem-message' }, message),
      element('p', { class: 'problem-remedy' }, 'It needs WebGL 2: allow it, or use a current browser.'),
    ),
  );
}
