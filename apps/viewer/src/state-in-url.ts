/** A link to what is on the screen: `#run=bounce-1&rollout=3&frame=12&predictor=model&layout=wipe&view=corner`. */
import { speeds } from './clock.ts';
import { layouts, viewpoints, type Layout, type Viewpoint } from './view.ts';

/** Each field as it stands in the link; what the link leaves out is undefined. */
export interface Link {
  readonly run?: string | undefined;
  /** Index of the rollout in the run, from 0. */
  readonly rollout?: number | undefined;
  readonly frame?: number | undefined;
  readonly predictor?: string | undefined;
  readonly layout?: Layout | undefined;
  readonly view?: Viewpoint | undefined;
  readonly speed?: number | undefined;
}

/** A link as read, with one line for each thing in it that could not be used. */
export interface ReadLink {
  readonly link: Link;
  readonly notices: readonly string[];
}

const fields = ['run', 'rollout', 'frame', 'predictor', 'layout', 'view', 'speed'] as const;

/** Reads `location.hash`. Fields that make no sense in any run are left out and named in `notices`. */
export function readLink(hash: string): ReadLink {
  const notices: string[] = [];
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(hash.replace(/^#/, ''))) {
    if ((fields as readonly string[]).includes(name)) given.set(name, value);
    else notices.push(`unknown field "${name}"`);
  }
  const index = (name: string) => {
    const text = given.get(name);
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    notices.push(`${name} "${text}" is no index`);
    return undefined;
  };
  const choice = <Choice extends string>(name: string, choices: readonly Choice[]) => {
    const text = given.get(name);
    const chosen = choices.find((known) => known === text);
    if (text !== undefined && chosen === undefined)
      notices.push(`${name} "${text}" is none of ${choices.join(', ')}`);
    return chosen;
  };
  const link: Link = {
    run: given.get('run'),
    rollout: index('rollout'),
    frame: index('frame'),
    predictor: given.get('predictor'),
    layout: choice('layout', layouts),
    view: choice('view', viewpoints),
    speed: toNumber(choice('speed', speeds.map(String))),
  };
  return { link, notices };
}

/** Checks a link's run against those that exist. */
export function resolveRun(
  link: Link,
  runs: readonly string[],
): { run: string | undefined; notices: string[] } {
  if (link.run === undefined || runs.includes(link.run)) return { run: link.run ?? runs[0], notices: [] };
  return { run: runs[0], notices: [`run "${link.run}" does not exist or has no rollouts`] };
}

/** What a run holds, as far as a link may name it. */
export interface Available {
  readonly rollouts: number;
  readonly frames: number;
  readonly predictors: readonly string[];
}

/** Checks a link against the run it names; what does not exist there is left out and named in `notices`. */
export function resolveLink(link: Link, available: Available): ReadLink {
  const notices: string[] = [];
  const within = (name: 'rollout' | 'frame', count: number) => {
    const value = link[name];
    if (value === undefined || value < count) return value;
    notices.push(`${name} ${value} does not exist (0 to ${count - 1})`);
    return undefined;
  };
  const rollout = within('rollout', available.rollouts);
  const frame = within('frame', available.frames);
  const known = link.predictor === undefined || available.predictors.includes(link.predictor);
  if (!known) notices.push(`predictor "${link.predictor}" is none of ${available.predictors.join(', ')}`);
  return { link: { ...link, rollout, frame, predictor: known ? link.predictor : undefined }, notices };
}

/** The hash for a link, its fields in a fixed order; "" for an empty one. */
export function writeLink(link: Link): string {
  const parameters = new URLSearchParams();
  for (const name of fields) if (link[name] !== undefined) parameters.set(name, String(link[name]));
  const text = parameters.toString();
  return text && `#${text}`;
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
