/** The page of a dataset: an episode's frames in every kind of picture, its scene in 3D, and its numbers. */
import { openUrl, type Dataset, type Manifest } from '@orrery/dataset';
import { comfortableSpeed, createTicker, seek, step, toggle, type Clock, type Timeline } from '../clock.ts';
import { createScenePane, type ShownScene } from '../scene/pane.ts';
import { button, element, icon, select } from '../ui/element.ts';
import { createStatus, type Said } from '../ui/status.ts';
import { episodeKeys, keyIn } from '../ui/keys.ts';
import { onThemeChange } from '../ui/theme.ts';
import { createTransport } from '../ui/transport.ts';
import { loadEpisode, type Episode } from './episode.ts';
import { createNumbers } from './numbers.ts';
import { createPictures } from './pictures.ts';

/** Milliseconds after the last change until the address follows. */
const ADDRESS_DELAY = 150;

interface Model extends Said, Pick<ShownScene, 'view' | 'follow' | 'trails' | 'body'> {
  readonly dataset: Dataset | undefined;
  /** The chosen one; `episode` follows when it has been loaded. */
  readonly chosen: number;
  readonly episode: Episode | undefined;
  readonly clock: Clock;
}

/**
 * Builds the page and loads the episode that its address names: `#episode=3&frame=12`.
 * @returns a function that tells the model as it stands
 */
export function startDatasetApp(root: HTMLElement): () => Model {
  let model: Model = {
    ...{ dataset: undefined, chosen: 0, episode: undefined },
    clock: { frame: 0, phase: 0, playing: false, speed: 1, loop: true },
    ...{ view: 'corner', follow: false, trails: false, body: undefined },
    ...{ loading: 'the dataset', problem: undefined, notice: undefined },
  };
  let scheduled = false;
  const goOn = createTicker();
  let painted = '';
  let addressTimer: ReturnType<typeof setTimeout> | undefined;

  const set = (patch: Partial<Model>) => {
    model = { ...model, ...patch };
    if (!scheduled) requestAnimationFrame(tick);
    scheduled = true;
  };
  const onClock = (change: (clock: Clock, timeline: Timeline) => Clock) => {
    if (model.dataset && model.episode) set({ clock: change(model.clock, timelineOf(model.dataset)) });
  };
  const fail = (error: unknown) => {
    const [message, ...remedy] = (error instanceof Error ? error.message : String(error)).split('; ');
    set({
      loading: undefined,
      problem: { message, remedy: remedy.join('; ') || 'Start “orrery view --dataset <folder>” again.' },
    });
  };
  const openEpisode = (chosen: number, frame = 0) => {
    const { dataset } = model;
    if (!dataset || chosen < 0 || chosen >= dataset.episodes) return;
    set({ chosen, loading: `episode ${chosen}`, problem: undefined });
    loadEpisode(dataset, chosen)
      .then((episode) => {
        // An answer that comes late is not shown.
        if (model.chosen !== chosen) return;
        const clock = seek(model.clock, timelineOf(dataset), frame);
        set({ episode, clock, body: undefined, loading: undefined });
      })
      .catch((error: unknown) => model.chosen === chosen && fail(error));
  };

  const tick = (now: number) => {
    scheduled = false;
    const { dataset, episode } = model;
    const clock = goOn(model.clock, dataset && timelineOf(dataset), now);
    if (clock !== model.clock) model = { ...model, clock };
    status.update(model);
    episodes.fill(dataset ? episodeOptions(dataset.manifest) : [], String(model.chosen));
    previous.disabled = model.chosen === 0;
    next.disabled = !dataset || model.chosen >= dataset.episodes - 1;
    main.toggleAttribute('data-ready', episode !== undefined && model.problem === undefined);
    transport.update(dataset && episode ? { clock: model.clock, timeline: timelineOf(dataset) } : undefined);
    if (dataset && episode) show(dataset, episode);
    if (model.clock.playing) set({});
  };
  const show = (dataset: Dataset, episode: Episode) => {
    const { frame } = model.clock;
    scene.update({
      source: dataset,
      ...{ scene: episode.record.scene, motion: episode.motion, tracked: episode.tracked },
      ...{ parsed: undefined, frame },
      ...{ view: model.view, follow: model.follow, trails: model.trails, body: model.body },
    });
    const key = [episode.record.episode, frame, model.body].join();
    if (key === painted) return;
    painted = key;
    pictures.show((name) => episode.picture(name, frame));
    numbers.show(dataset.manifest, episode, frame, model.body);
    clearTimeout(addressTimer);
    addressTimer = setTimeout(() => {
      const hash = `#episode=${episode.record.episode}${model.clock.playing ? '' : `&frame=${model.clock.frame}`}`;
      if (hash !== location.hash) history.replaceState(null, '', hash);
    }, ADDRESS_DELAY);
  };

  const actions = {
    toggle: () => onClock(toggle),
    seek: (frame: number) =>
      onClock((clock, timeline) => seek({ ...clock, playing: false }, timeline, frame)),
    step: (frames: number) => onClock((clock, timeline) => step(clock, timeline, frames)),
    setSpeed: (speed: number) => onClock((clock) => ({ ...clock, speed })),
    setLoop: (loop: boolean) => onClock((clock) => ({ ...clock, loop })),
    change: set,
    openEpisode: (index: number) => openEpisode(index),
    dismissNotice: () => set({ notice: undefined }),
  };
  const episodes = select('Episode', { id: 'episode' }, (index) => openEpisode(Number(index)));
  const previous = button({ title: 'Previous episode ([)', class: 'tool' }, icon('back'), () =>
    openEpisode(model.chosen - 1),
  );
  const next = button({ title: 'Next episode (])', class: 'tool' }, icon('forward'), () =>
    openEpisode(model.chosen + 1),
  );
  const title = element('span', { class: 'dataset-name' });
  const status = createStatus(actions);
  const pictures = createPictures();
  const scene = createScenePane(actions, false);
  const numbers = createNumbers((body) => set({ body }));
  const transport = createTransport(actions);
  const main = element('main', { class: 'view dataset-view' }, pictures.root, scene.root, numbers.root);
  const logo = element('img', { src: './orrery.svg', alt: '', width: 22, height: 22 });
  root.append(
    element(
      'header',
      { class: 'bar top' },
      element('h1', { class: 'wordmark' }, logo, 'Orrery'),
      title,
      element('span', { class: 'joined' }, previous, episodes.root, next),
    ),
    element('div', { class: 'body' }, main, status.root),
    transport.root,
  );

  addEventListener('keydown', (event) => {
    const key = keyIn(episodeKeys, event);
    if (!key) return;
    event.preventDefault();
    key.act(actions, model, event);
  });
  const openAddress = () => {
    const address = new URLSearchParams(location.hash.slice(1));
    const named = (name: string) =>
      /^\d{1,9}$/.test(address.get(name) ?? '') ? Number(address.get(name)) : 0;
    const { dataset } = model;
    if (dataset) openEpisode(named('episode') < dataset.episodes ? named('episode') : 0, named('frame'));
  };
  addEventListener('hashchange', openAddress);
  onThemeChange(() => scene.recolor());

  set({});
  openUrl(new URL('dataset', location.href.replace(/[?#].*/, '')))
    .then((dataset) => {
      const { name } = dataset.manifest.spec;
      title.textContent = `${name} ${dataset.manifest.size}, seed ${dataset.manifest.seed}`;
      document.title = `${name} · Orrery`;
      pictures.arrange(dataset.manifest.spec.pictures, dataset.manifest.spec);
      set({ dataset, clock: { ...model.clock, speed: comfortableSpeed(timelineOf(dataset)) } });
      openAddress();
    })
    .catch(fail);
  return () => model;
}

/** All frames are given: nothing is predicted. */
function timelineOf({ frames, manifest }: Dataset): Timeline {
  return { frames, context: frames, dt: manifest.dt };
}

/** "3 · train" */
function episodeOptions({ splits }: Manifest): [string, string][] {
  return Object.entries(splits).flatMap(([split, { start, count }]) =>
    Array.from({ length: count }, (_, i): [string, string] => [`${start + i}`, `${start + i} · ${split}`]),
  );
}
