/** The bar at the bottom: the clock's buttons and the scrub bar with the boundary between given and imagined. */
import { phaseOf, speeds, type Clock, type Timeline } from '../clock.ts';
import { button, element, icon, select, setText } from './element.ts';

export interface TransportActions {
  toggle(): void;
  seek(frame: number): void;
  step(frames: number): void;
  setSpeed(speed: number): void;
  setLoop(loop: boolean): void;
}

export interface Transport {
  readonly root: HTMLElement;
  /** @param playback undefined while there is nothing to play */
  update(playback: { readonly clock: Clock; readonly timeline: Timeline } | undefined): void;
}

export function createTransport(actions: TransportActions): Transport {
  const playIcon = icon('play');
  const pauseIcon = icon('pause');
  const play = button({ title: 'Play (Space)', class: 'tool play' }, playIcon, () => actions.toggle());
  const loop = button({ title: 'Loop (L)', class: 'tool' }, icon('loop'), () =>
    actions.setLoop(loop.getAttribute('aria-pressed') !== 'true'),
  );
  const speed = select('Speed', { id: 'speed' }, (value) => actions.setSpeed(Number(value)));
  const scrub = element('input', { type: 'range', class: 'scrub', min: 0, step: 1, 'aria-label': 'Frame' });
  scrub.addEventListener('input', () => actions.seek(scrub.valueAsNumber));
  const given = element('span', { class: 'zone zone-given' }, 'given');
  const imagined = element('span', { class: 'zone zone-imagined' }, 'imagined');
  const zones = element('div', { class: 'zones' }, given, imagined);
  const ticks = element('div', { class: 'ticks', 'aria-hidden': 'true' });
  const frame = element('output', { class: 'time number' });
  const root = element(
    'footer',
    { class: 'bar bottom', 'aria-label': 'Playback' },
    element(
      'span',
      { class: 'tools' },
      button({ title: 'First frame (Home)', class: 'tool' }, icon('start'), () => actions.seek(0)),
      button({ title: 'One frame back (←)', class: 'tool' }, icon('back'), () => actions.step(-1)),
      play,
      button({ title: 'One frame on (→)', class: 'tool' }, icon('forward'), () => actions.step(1)),
      button({ title: 'Last frame (End)', class: 'tool' }, icon('end'), () => actions.seek(Infinity)),
      loop,
    ),
    element('div', { class: 'track' }, zones, ticks, scrub),
    frame,
    speed.root,
  );
  speed.fill(
    speeds.map((value) => [String(value), `${value}×`]),
    '1',
  );
  let ticked = 0;
  return {
    root,
    update(playback) {
      root.inert = !playback;
      if (!playback) return;
      const { clock, timeline } = playback;
      const imagines = timeline.context < timeline.frames;
      zones.hidden = !imagines;
      const last = timeline.frames - 1;
      scrub.max = String(last);
      if (scrub.valueAsNumber !== clock.frame) scrub.value = String(clock.frame);
      // The boundary lies between the last given frame and the first imagined one.
      root.style.setProperty('--boundary', String((timeline.context - 0.5) / Math.max(1, last)));
      root.style.setProperty('--played', String(clock.frame / Math.max(1, last)));
      if (ticked !== timeline.frames) {
        ticked = timeline.frames;
        // Beyond some hundred frames, ticks would be a grey band.
        ticks.replaceChildren(...Array.from({ length: ticked > 160 ? 0 : ticked }, () => element('i')));
      }
      const seconds = (clock.frame * timeline.dt).toFixed(2);
      const phase = imagines ? `, ${phaseOf(clock.frame, timeline)}` : '';
      setText(frame, `${clock.frame} / ${last} · ${seconds} s`);
      scrub.setAttribute('aria-valuetext', `frame ${clock.frame} of ${last}, ${seconds} seconds${phase}`);
      const title = clock.playing ? 'Pause (Space)' : 'Play (Space)';
      if (play.title !== title) {
        play.title = title;
        play.setAttribute('aria-label', title);
        play.replaceChildren(clock.playing ? pauseIcon : playIcon);
      }
      loop.setAttribute('aria-pressed', String(clock.loop));
      speed.fill(
        speeds.map((value) => [String(value), `${value}×`]),
        String(clock.speed),
      );
    },
  };
}
