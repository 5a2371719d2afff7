import '../no-eval.ts';
import { startDatasetApp } from './app.ts';
import { showUnable } from '../ui/unable.ts';

const root = document.querySelector<HTMLElement>('#app')!;
try {
  const model = startDatasetApp(root);
  Object.defineProperty(window, 'orrery', {
    get: () => {
      const { dataset, episode, clock, loading, problem } = model();
      return Object.freeze({
        dataset: dataset?.manifest.spec.name,
        episode: episode?.record.episode,
        frame: clock.frame,
        playing: clock.playing,
        loaded: episode !== undefined && loading === undefined && problem === undefined,
      });
    },
  });
} catch (error) {
  showUnable(root, error);
}
