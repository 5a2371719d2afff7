/** The bar at the top: which run, which rollout, whose prediction, and how to look at it. */
import { isLoaded, type Actions, type Model, type Part } from '../model.ts';
import { layoutNames, layouts } from '../view.ts';
import { button, choices, element, icon, select } from './element.ts';

export function createHeader(actions: Actions): Part & { root: HTMLElement } {
  const run = select('Run', { id: 'run' }, (id) => actions.openRun(id));
  const rollout = select('Rollout', { id: 'rollout' }, (index) => actions.openRollout(Number(index)));
  const predictor = select('Predictor', { id: 'predictor' }, (name) => actions.change({ predictor: name }));
  let shown: Model | undefined;
  const move = (by: number) => () => shown && actions.openRollout(shown.rolloutIndex + by);
  const previous = button({ title: 'Previous rollout ([)', class: 'tool' }, icon('back'), move(-1));
  const next = button({ title: 'Next rollout (])', class: 'tool' }, icon('forward'), move(1));
  const layout = choices(
    'Layout',
    layouts.map(
      (name) => [name, layoutNames[name], `${layoutNames[name]} (${name[0].toUpperCase()})`] as const,
    ),
    (name) => actions.change({ layout: name }),
  );
  const report = element(
    'a',
    {
      class: 'tool',
      target: '_blank',
      rel: 'noopener',
      title: 'The run’s report',
      'aria-label': 'The run’s report',
    },
    icon('report'),
  );
  const logo = element('img', { src: './orrery.svg', alt: '', width: 22, height: 22 });
  const root = element(
    'header',
    { class: 'bar top' },
    element('h1', { class: 'wordmark' }, logo, 'Orrery'),
    run.root,
    element('span', { class: 'joined' }, previous, rollout.root, next),
    predictor.root,
    layout.root,
    element(
      'span',
      { class: 'tools' },
      report,
      button({ title: 'Save this view as PNG (E)', class: 'tool' }, icon('save'), () =>
        actions.savePicture(),
      ),
      button({ title: 'Keys and help (?)', class: 'tool' }, icon('help'), () => actions.showHelp()),
    ),
  );
  return {
    root,
    update(model) {
      shown = model;
      run.fill(
        model.runs.map(({ id, dataset }) => [id, dataset === null ? id : `${id} · ${dataset}`]),
        model.run?.id ?? '',
      );
      const { manifest } = model;
      rollout.fill(
        manifest?.rollouts.map(({ episode }, i) => [String(i), `${i} · episode ${episode}`]) ?? [],
        String(model.rolloutIndex),
      );
      predictor.fill(manifest?.predictors.map((name) => [name, name]) ?? [], model.predictor);
      layout.show(model.layout);
      const count = manifest?.rollouts.length ?? 0;
      previous.disabled = !isLoaded(model) || model.rolloutIndex === 0;
      next.disabled = !isLoaded(model) || model.rolloutIndex >= count - 1;
      report.hidden = !model.run?.report;
      if (model.run) report.href = `./runs/${encodeURIComponent(model.run.id)}/report.html`;
    },
  };
}
