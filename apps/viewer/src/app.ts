/** The page: holds the model, carries out actions, and brings every part up to date once an animation frame. */
import { comfortableSpeed, createTicker, seek, step, toggle } from './clock.ts';
import { DataError, fetchRuns, openRollouts, type Rollouts } from './data.ts';
import {
  emptyModel,
  isLoaded,
  timelineOf,
  type Actions,
  type LoadedModel,
  type Model,
  type Part,
} from './model.ts';
import { createPicturesPane } from './pictures/pane.ts';
import { createPlot } from './plots/plot.ts';
import { quantities } from './plots/series.ts';
import { download, pictureOf } from './save-picture.ts';
import { createScenePane, type ShownScene } from './scene/pane.ts';
import { readLink, resolveLink, resolveRun, writeLink, type Link } from './state-in-url.ts';
import { element } from './ui/element.ts';
import { createHeader } from './ui/header.ts';
import { createHelp } from './ui/help.ts';
import { findKey } from './ui/keys.ts';
import { createNumbers } from './ui/numbers.ts';
import { createStatus } from './ui/status.ts';
import { onThemeChange, themeColor } from './ui/theme.ts';
import { createTransport } from './ui/transport.ts';

/** Milliseconds after the last change until the address follows: browsers slow pages down that set it all the time. */
const addressDelay = 150;
/** Milliseconds that a notice stays. */
const noticeTime = 10_000;

/**
 * Builds the page and loads what its address names.
 * @returns a function that tells the model as it stands
 */
export function startApp(root: HTMLElement): () => Model {
  const base = new URL('.', location.href).href;
  let model = emptyModel;
  let opened: Rollouts | undefined;
  /** Counts what has been asked for, so that an answer that comes late is not shown. */
  let request = 0;
  let scheduled = false;
  const goOn = createTicker();
  let addressTimer: ReturnType<typeof setTimeout> | undefined;
  let noticeTimer: ReturnType<typeof setTimeout> | undefined;

  const set = (patch: Partial<Model>) => {
    model = { ...model, ...patch };
    schedule();
  };
  const schedule = () => {
    if (!scheduled) requestAnimationFrame(tick);
    scheduled = true;
  };
  const tick = (now: number) => {
    scheduled = false;
    const clock = goOn(model.clock, isLoaded(model) ? timelineOf(model.manifest) : undefined, now);
    if (clock !== model.clock) model = { ...model, clock };
    for (const part of parts) part.update(model);
    main.toggleAttribute('data-ready', isLoaded(model));
    main.dataset.layout = model.layout;
    clearTimeout(addressTimer);
    addressTimer = setTimeout(writeAddress, addressDelay);
    if (model.clock.playing) schedule();
  };
  const writeAddress = () => {
    if (!isLoaded(model)) return;
    const { run, rolloutIndex: rollout, clock, predictor, layout, view } = model;
    const frame = clock.playing ? undefined : clock.frame;
    const hash = writeLink({ run: run.id, rollout, frame, predictor, layout, view, speed: clock.speed });
    if (hash !== location.hash) history.replaceState(null, '', hash);
    document.title = `${run.id} · rollout ${rollout} · Orrery`;
  };
  const notify = (notices: readonly string[]) => {
    if (notices.length === 0) return;
    set({ notice: `The address of this page: ${notices.join('; ')}.` });
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(() => set({ notice: undefined }), noticeTime);
  };
  const fail = (error: unknown) => {
    const known = error instanceof DataError;
    const message = error instanceof Error ? error.message : String(error);
    set({
      loading: undefined,
      problem: {
        message,
        remedy: known ? error.remedy : 'Reload the page; if it stays, this is a defect of the viewer.',
      },
    });
  };

  /**
   * Opens a run and what `link` names in it. A link to a frame shows that frame; without one, the rollout plays, unless
   * the person prefers stillness.
   */
  const open = async (
    id: string,
    link: Link,
    notices: readonly string[] = [],
    playing = !prefersStillness(),
  ) => {
    const mine = ++request;
    const run = model.runs.find((listed) => listed.id === id);
    set({ loading: `run ${id}`, problem: undefined });
    try {
      await openLink(run, link, notices, playing && link.frame === undefined, () => mine === request);
    } catch (error) {
      if (mine !== request) return;
      set({ run, manifest: undefined, rollout: undefined });
      fail(error);
    }
  };
  const openLink = async (
    run: Model['run'],
    link: Link,
    notices: readonly string[],
    playing: boolean,
    stillWanted: () => boolean,
  ) => {
    const rollouts = await openRollouts(base, run?.id ?? '');
    if (!stillWanted()) return;
    const { manifest } = rollouts;
    const timeline = timelineOf(manifest);
    const { rollouts: entries, predictors } = manifest;
    const found = resolveLink(link, { rollouts: entries.length, frames: timeline.frames, predictors });
    notify([...notices, ...found.notices]);
    const rollout = await rollouts.load(found.link.rollout ?? 0);
    if (!stillWanted()) return;
    opened = rollouts;
    set({
      run,
      manifest,
      rollout,
      rolloutIndex: rollout.index,
      predictor: found.link.predictor ?? predictors[0],
      layout: found.link.layout ?? emptyModel.layout,
      view: found.link.view ?? emptyModel.view,
      clock: {
        ...model.clock,
        frame: found.link.frame ?? (playing ? 0 : manifest.context),
        phase: 0,
        playing,
        speed: found.link.speed ?? comfortableSpeed(timeline),
      },
      body: undefined,
      opened: model.opened + 1,
      loading: undefined,
    });
  };
  const openAddress = async () => {
    const { link, notices } = readLink(location.hash);
    // The list is read each time: a run may have been finished since.
    set({ runs: await fetchRuns(base) });
    const resolved = resolveRun(
      link,
      model.runs.map(({ id }) => id),
    );
    if (resolved.run === undefined)
      throw new DataError(
        'There is no run with rollouts yet.',
        'Make one: npm start, or orrery evaluate <run>',
      );
    await open(resolved.run, link, [...notices, ...resolved.notices]);
  };

  const onClock = (
    change: (loaded: Model & { manifest: NonNullable<Model['manifest']> }) => Model['clock'],
  ) => {
    if (isLoaded(model)) set({ clock: change(model) });
  };
  const actions: Actions = {
    change: (patch) => set(patch),
    toggle: () => onClock(({ clock, manifest }) => toggle(clock, timelineOf(manifest))),
    seek: (frame) =>
      onClock(({ clock, manifest }) => seek({ ...clock, playing: false }, timelineOf(manifest), frame)),
    step: (frames) => onClock(({ clock, manifest }) => step(clock, timelineOf(manifest), frames)),
    setSpeed: (speed) => onClock(({ clock }) => ({ ...clock, speed })),
    setLoop: (loop) => onClock(({ clock }) => ({ ...clock, loop })),
    openRun: (id) => void open(id, { layout: model.layout, view: model.view }, [], model.clock.playing),
    openRollout(index) {
      if (!opened || !opened.manifest.rollouts[index] || index === model.rolloutIndex) return;
      const mine = ++request;
      set({ rolloutIndex: index, loading: `rollout ${index}` });
      opened
        .load(index)
        .then((rollout) => mine === request && set({ rollout, loading: undefined, body: undefined }))
        .catch((error: unknown) => mine === request && fail(error));
    },
    savePicture() {
      if (!isLoaded(model)) return;
      const picture = pictureOf(main, themeColor('page'), () => {
        pictures.redraw();
        scene.redraw();
      });
      const name = `${model.run.id}-rollout-${model.rolloutIndex}-frame-${model.clock.frame}-${model.layout}.png`;
      download(picture, name).catch(fail);
    },
    showHelp: () => help.toggle(),
    dismissNotice: () => set({ notice: undefined }),
  };

  const header = createHeader(actions);
  const status = createStatus(actions);
  const pictures = createPicturesPane(actions);
  const scene = createScenePane(actions, true);
  const plots = quantities.map((quantity) => createPlot(quantity, actions));
  const numbers = createNumbers(actions);
  const transport = createTransport(actions);
  const help = createHelp();
  const main = element(
    'main',
    { class: 'view' },
    pictures.root,
    scene.root,
    element('div', { class: 'plots' }, ...plots.map((plot) => plot.root)),
    numbers.root,
  );
  const parts: Part[] = [
    ...[header, status, pictures, ...plots, numbers],
    { update: (now) => isLoaded(now) && scene.update(sceneOf(now)) },
    {
      update: (now) =>
        transport.update(
          isLoaded(now) ? { clock: now.clock, timeline: timelineOf(now.manifest) } : undefined,
        ),
    },
  ];
  root.append(header.root, element('div', { class: 'body' }, main, status.root), transport.root, help.root);

  addEventListener('keydown', (event) => {
    const key = help.root.open && event.key !== '?' ? undefined : findKey(event);
    if (!key) return;
    event.preventDefault();
    key.act(actions, model, event);
  });
  addEventListener('hashchange', () => void openAddress().catch(fail));
  onThemeChange(() => {
    for (const part of [scene, ...plots]) part.recolor();
    schedule();
  });

  schedule();
  openAddress().catch(fail);
  return () => model;
}

/** What the 3D pane shows of a run. */
function sceneOf(model: LoadedModel): ShownScene {
  const { manifest, rollout, predictor, clock, view, follow, trails, body } = model;
  return {
    source: manifest,
    scene: manifest.rollouts[rollout.index].scene,
    motion: rollout.truth,
    tracked: manifest.tracked,
    parsed: rollout.predictors[predictor].parsed,
    frame: clock.frame,
    ...{ view, follow, trails, body },
  };
}

function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
