import './no-eval.ts';
import { startApp } from './app.ts';
import { showUnable } from './ui/unable.ts';

declare global {
  interface Window {
    /**
     * What the page shows, to be read by tests and by pages that embed it:
     * run, rollout, frame, predictor, layout, whether it is playing, whether all of it
     * has been loaded, and how many addresses and runs have been opened.
     */
    readonly orrery: Readonly<Record<string, unknown>>;
  }
}

const root = document.querySelector<HTMLElement>('#app')!;
try {
  const model = startApp(root);
  Object.defineProperty(window, 'orrery', {
    get: () => {
      const { run, rollout, clock, predictor, layout, view, opened, loading, problem } = model();
      return Object.freeze({
        run: run?.id,
        rollout: rollout?.index,
        frame: clock.frame,
        playing: clock.playing,
        predictor,
        layout,
        view,
        opened,
        loaded: rollout !== undefined && loading === undefined && problem === undefined,
      });
    },
  });
} catch (error) {
  showUnable(root, error);
}
