/** What is said when there is nothing to show: loading, a problem with its remedy, and passing notices. */
import type { Actions, Part } from '../model.ts';
import { button, element, icon, setText } from './element.ts';

export function createStatus(actions: Actions): Part & { root: HTMLElement } {
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
    update(model) {
      loading.hidden = model.loading === undefined || model.problem !== undefined;
      setText(loading, model.loading === undefined ? '' : `Loading ${model.loading} …`);
      problem.hidden = model.problem === undefined;
      setText(message, model.problem?.message ?? '');
      setText(remedy, model.problem?.remedy ?? '');
      notice.hidden = model.notice === undefined;
      setText(noticeText, model.notice ?? '');
    },
  };
}
