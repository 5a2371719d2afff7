/** What each key does: one table that the listener and the help both read. */
import type { Actions, Model } from '../model.ts';
import { layoutNames, layouts, viewpointNames, viewpoints } from '../view.ts';

export interface Key<Does = Actions, Shown = Model> {
  /** As `KeyboardEvent.key` has it, letters in lower case. */
  readonly keys: readonly string[];
  /** As the help shows it. */
  readonly label: string;
  readonly does: string;
  readonly act: (actions: Does, model: Shown, event: { readonly shiftKey: boolean }) => void;
}

/** Keys of every page with a clock. */
const playbackKeys: readonly Key<
  Pick<Actions, 'toggle' | 'seek' | 'step' | 'setLoop'>,
  Pick<Model, 'clock'>
>[] = [
  { keys: [' '], label: 'Space', does: 'play or pause', act: (actions) => actions.toggle() },
  {
    keys: ['arrowleft'],
    label: '←',
    does: 'one frame back, ten with Shift',
    act: (actions, _, { shiftKey }) => actions.step(shiftKey ? -10 : -1),
  },
  {
    keys: ['arrowright'],
    label: '→',
    does: 'one frame on, ten with Shift',
    act: (actions, _, { shiftKey }) => actions.step(shiftKey ? 10 : 1),
  },
  { keys: ['home'], label: 'Home', does: 'first frame', act: (actions) => actions.seek(0) },
  { keys: ['end'], label: 'End', does: 'last frame', act: (actions) => actions.seek(Infinity) },
  { keys: ['l'], label: 'L', does: 'loop', act: (actions, { clock }) => actions.setLoop(!clock.loop) },
];

/** What keys change of a 3D view. */
type SceneChoice = Pick<Model, 'view' | 'follow' | 'trails'>;

/** Keys of every page with a 3D view. */
const sceneKeys: readonly Key<{ change(patch: Partial<SceneChoice>): void }, SceneChoice>[] = [
  ...viewpoints.map((view, i) => ({
    keys: [String(i + 1)],
    label: String(i + 1),
    does: `3D view: ${viewpointNames[view].toLowerCase()}`,
    act: (actions: { change(patch: Partial<SceneChoice>): void }) => actions.change({ view }),
  })),
  {
    keys: ['f'],
    label: 'F',
    does: 'follow the chosen body',
    act: (actions, { follow }) => actions.change({ follow: !follow }),
  },
  {
    keys: ['t'],
    label: 'T',
    does: 'trails',
    act: (actions, { trails }) => actions.change({ trails: !trails }),
  },
];

const next = <Item>(items: readonly Item[], item: Item): Item =>
  items[(items.indexOf(item) + 1) % items.length];

export const keys: readonly Key[] = [
  ...playbackKeys,
  {
    keys: ['['],
    label: '[',
    does: 'previous rollout',
    act: (actions, model) => actions.openRollout(model.rolloutIndex - 1),
  },
  {
    keys: [']'],
    label: ']',
    does: 'next rollout',
    act: (actions, model) => actions.openRollout(model.rolloutIndex + 1),
  },
  ...layouts.map((layout): Key => ({
    keys: [layout[0]],
    label: layout[0].toUpperCase(),
    does: layoutNames[layout].toLowerCase(),
    act: (actions) => actions.change({ layout }),
  })),
  {
    keys: ['p'],
    label: 'P',
    does: 'next predictor',
    act: (actions, { manifest, predictor }) =>
      manifest && actions.change({ predictor: next(manifest.predictors, predictor) }),
  },
  ...sceneKeys,
  { keys: ['e'], label: 'E', does: 'save this view as PNG', act: (actions) => actions.savePicture() },
  { keys: ['?'], label: '?', does: 'this help', act: (actions) => actions.showHelp() },
];

/** What the dataset's page can do with keys. */
interface EpisodeActions extends Pick<Actions, 'toggle' | 'seek' | 'step' | 'setLoop'> {
  change(patch: Partial<SceneChoice>): void;
  openEpisode(index: number): void;
}

/** Those of a dataset's page. */
export const episodeKeys: readonly Key<
  EpisodeActions,
  SceneChoice & Pick<Model, 'clock'> & { readonly chosen: number }
>[] = [
  ...playbackKeys,
  {
    keys: ['['],
    label: '[',
    does: 'previous episode',
    act: (actions, { chosen }) => actions.openEpisode(chosen - 1),
  },
  {
    keys: [']'],
    label: ']',
    does: 'next episode',
    act: (actions, { chosen }) => actions.openEpisode(chosen + 1),
  },
  ...sceneKeys,
];

type KeyEvent = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'target'>;

/** The key of the run's page that an event means, unless the event belongs to the element that has the focus. */
export const findKey = (event: KeyEvent): Key | undefined => keyIn(keys, event);

/** The same of another table. */
export function keyIn<K extends Pick<Key, 'keys'>>(table: readonly K[], event: KeyEvent): K | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const name = event.key.toLowerCase();
  const focused = (event.target as { tagName?: string; type?: string } | null) ?? {};
  // A list takes letters and arrows, a button the space bar; the scrub bar's arrows mean the same as the page's.
  if (focused.tagName === 'SELECT' || focused.tagName === 'TEXTAREA') return undefined;
  if (focused.tagName === 'INPUT' && focused.type !== 'range') return undefined;
  if (name === ' ' && (focused.tagName === 'BUTTON' || focused.tagName === 'A')) return undefined;
  return table.find((key) => key.keys.includes(name));
}
