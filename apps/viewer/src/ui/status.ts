/** What is said when there is nothing to show: loading, a problem with its remedy, and passing notices. */
import type { Actions, Model } from '../model.ts';
import { button, element, icon, setText } from './element.ts';

export type Said = Pick<Model, 'loading' | 'problem' | 'notice'>;

export function createStatus(actions: Pick<Actions, 'dismissNotice'>): {
  readonly root: HTMLElement;
  update(said: Said): void;
} {
  const loading = element('p', { class: 'loading', role: 'status' });
  const message = element('p', { class: 'problem-message' });
  const remedy = element('p', { class: 'problem-remedy' });
  const problem = element(
    'div',
    { class: 'problem', role: 'alert', hidden: true },
    element('h2', {}, 'There is nothing to show'),
    message,
    remedy,
    button({ title: 'Try again', class: 'choice retry' }, 'Try again', () => location.reload()),
  );
  const noticeText = element('span');
  const notice = element(
    'div',
    { class: 'notice', role: 'status', hidden: true },
    noticeText,
    button({ title: 'Dismiss', class: 'tool' }, icon('close'), () => actions.dismissNotice()),
  );
  return {
    root: element('div', { class: 'status' }, loading, problem, notice),
    update(said) {
      loading.hidden = said.loading === undefined || said.problem !== undefined;
      setText(loading, said.loading === undefined ? '' : `Loading ${said.loading} …`);
      problem.hidden = said.problem === undefined;
      setText(message, said.problem?.message ?? '');
      setText(remedy, said.problem?.remedy ?? '');
      notice.hidden = said.notice === undefined;
      setText(noticeText, said.notice ?? '');
    },
  };
}
