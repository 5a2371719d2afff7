/** The pane of pictures: captions, the wipe's handle and the overlay's slider around what the painter draws. */
import { isLoaded, type Actions, type Model, type Part } from '../model.ts';
import { element, setText } from '../ui/element.ts';
import type { Layout } from '../view.ts';
import { arrange, type Rectangle } from './arrange.ts';
import { differenceTable, fullScale } from './colormap.ts';
import { createPainter, type Mode } from './painter.ts';
import { createPixelProbe } from './pixel-probe.ts';

const shownModes: Readonly<Record<Layout, readonly Mode[]>> = {
  side: ['truth', 'prediction', 'difference'],
  wipe: ['wipe'],
  overlay: ['overlay'],
  difference: ['difference'],
};

/** CSS pixels. */
const caption = 34;
const gap = 14;
/** Height of the line under the pictures that tells the pixel's values. */
const probeHeight = 28;

interface Figure {
  readonly mode: Mode;
  readonly root: HTMLElement;
  readonly title: HTMLElement;
}

export interface PicturesPane extends Part {
  readonly root: HTMLElement;
  /** Draws now, for a copy of the canvas to be taken in the same task. */
  redraw(): void;
}

/** @throws Error where the browser has no WebGL 2 */
export function createPicturesPane(actions: Actions): PicturesPane {
  const painter = createPainter();
  painter.canvas.className = 'pictures-canvas';
  painter.canvas.setAttribute('aria-hidden', 'true');
  const probe = createPixelProbe();
  const root = element(
    'section',
    { class: 'pictures', 'aria-label': 'Pictures' },
    painter.canvas,
    probe.root,
  );
  const handle = createWipeHandle(actions);
  const alpha = createAlphaSlider(actions);
  let model: Model | undefined;
  let figures: Figure[] = [];
  let rectangles: Rectangle[] = [];
  let arranged = '';
  let painted = '';

  const arrangeFigures = (current: Model) => {
    const modes = shownModes[current.layout];
    const size = { width: current.manifest?.width ?? 64, height: current.manifest?.height ?? 64 };
    const ratio = window.devicePixelRatio;
    const { clientWidth, clientHeight } = root;
    const key = [current.layout, size.width, size.height, ratio, clientWidth, clientHeight].join();
    if (key === arranged || clientWidth === 0 || clientHeight === 0) return;
    arranged = key;
    if (figures.map(({ mode }) => mode).join() !== modes.join()) {
      for (const figure of figures) figure.root.remove();
      figures = modes.map((mode) => createFigure(mode, mode === 'overlay' ? alpha.root : undefined));
      root.append(...figures.map((figure) => figure.root));
      for (const figure of figures) probe.watch(figure.root);
    }
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    painter.resize(width, height);
    painter.canvas.style.width = `${width / ratio}px`;
    painter.canvas.style.height = `${height / ratio}px`;
    const free = height - Math.ceil(probeHeight * ratio);
    const space = { width, height: free, caption: Math.ceil(caption * ratio), gap: Math.round(gap * ratio) };
    rectangles = arrange(modes.length, space, size);
    for (const [i, { x, y, width: w, height: h }] of rectangles.entries()) {
      const { style } = figures[i].root;
      style.left = `${x / ratio}px`;
      style.top = `${y / ratio}px`;
      style.width = `${w / ratio}px`;
      style.height = `${h / ratio}px`;
    }
    const lowest = Math.max(...rectangles.map(({ y, height: h }) => y + h));
    probe.root.style.left = `${rectangles[0].x / ratio}px`;
    probe.root.style.top = `${lowest / ratio}px`;
    if (current.layout === 'wipe') figures[0].root.append(handle.root);
    painted = '';
  };

  const paint = (current: Model) => {
    if (!isLoaded(current)) return;
    const { manifest, rollout, predictor, clock, layout, split, alpha: opacity } = current;
    const key = [current.run.id, rollout.index, predictor, clock.frame, layout, split, opacity].join('\n');
    if (key === painted || rectangles.length === 0) return;
    painted = key;
    const size = manifest.width * manifest.height * 3;
    const frameOf = (rgb: Uint8Array) => rgb.subarray(clock.frame * size, (clock.frame + 1) * size);
    painter.setFrame(manifest, frameOf(rollout.truth.rgb), frameOf(rollout.predictors[predictor].rgb));
    const pictures = figures.map(({ mode }, i) => ({ mode, at: rectangles[i] }));
    painter.paint(pictures, split, opacity);
  };

  const update = (current: Model) => {
    model = current;
    if (!isLoaded(current)) return;
    arrangeFigures(current);
    for (const figure of figures) labelFigure(figure, current.predictor);
    probe.show(current);
    handle.show(current.split);
    alpha.show(current.alpha);
    paint(current);
  };

  new ResizeObserver(() => model && update(model)).observe(root);
  // A lost context comes back empty.
  painter.canvas.addEventListener('webglcontextrestored', () => {
    painted = '';
    if (model) update(model);
  });
  return {
    root,
    update,
    redraw() {
      painted = '';
      if (model) paint(model);
    },
  };
}

function createFigure(mode: Mode, control: HTMLElement | undefined): Figure {
  const title = element('span', { class: 'caption-title' });
  const legend = mode === 'difference' ? differenceLegend() : (control ?? '');
  const root = element(
    'figure',
    { class: 'picture', 'data-mode': mode, role: 'img' },
    element('figcaption', { class: 'caption' }, title, legend),
  );
  return { mode, root, title };
}

function labelFigure({ mode, root, title }: Figure, predictor: string): void {
  const text = {
    truth: 'Truth',
    prediction: `Prediction · ${predictor}`,
    difference: 'Difference',
    wipe: `Truth | ${predictor}`,
    overlay: `Truth + ${predictor}`,
  }[mode];
  setText(title, text);
  if (root.getAttribute('aria-label') !== text) root.setAttribute('aria-label', text);
}

/** The colours of the difference with their grey levels. */
function differenceLegend(): HTMLElement {
  const bar = element('canvas', {
    class: 'legend-bar',
    width: fullScale + 1,
    height: 1,
    'aria-hidden': 'true',
  });
  const context = bar.getContext('2d');
  if (context) {
    const pixels = context.createImageData(fullScale + 1, 1);
    pixels.data.set(differenceTable().subarray(0, pixels.data.length));
    context.putImageData(pixels, 0, 0);
  }
  return element(
    'span',
    {
      class: 'legend',
      title: `Largest difference of the three channels, in grey levels; the same colours everywhere`,
    },
    element('span', {}, '0'),
    bar,
    element('span', {}, `≥ ${fullScale}`),
  );
}

/** The divider of the wipe: dragged anywhere on the picture, or moved with the arrow keys. */
function createWipeHandle(actions: Actions): { root: HTMLElement; show(split: number): void } {
  const grip = element('div', {
    class: 'wipe-grip',
    role: 'slider',
    tabindex: 0,
    'aria-label': 'Divider between truth and prediction',
    'aria-valuemin': 0,
    'aria-valuemax': 100,
  });
  const root = element('div', { class: 'wipe' }, grip);
  const clamp = (split: number) => Math.min(1, Math.max(0, split));
  let shown = 0.5;
  const drag = (event: PointerEvent) => {
    const { left, width } = root.getBoundingClientRect();
    actions.change({ split: clamp((event.clientX - left) / width) });
  };
  root.addEventListener('pointerdown', (event) => {
    root.setPointerCapture(event.pointerId);
    event.preventDefault();
    drag(event);
  });
  root.addEventListener('pointermove', (event) => {
    if (root.hasPointerCapture(event.pointerId)) drag(event);
  });
  grip.addEventListener('keydown', (event) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1, Home: -100, End: 100 }[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    actions.change({ split: clamp(shown + direction * (event.shiftKey ? 0.1 : 0.02)) });
  });
  return {
    root,
    show(split) {
      shown = split;
      grip.style.left = `${split * 100}%`;
      grip.setAttribute('aria-valuenow', String(Math.round(split * 100)));
      grip.setAttribute('aria-valuetext', `${Math.round(split * 100)} % truth`);
    },
  };
}

function createAlphaSlider(actions: Actions): { root: HTMLElement; show(alpha: number): void } {
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 0.01,
    class: 'slider',
    'aria-label': 'Opacity of the prediction',
  });
  slider.addEventListener('input', () => actions.change({ alpha: slider.valueAsNumber }));
  const value = element('span', { class: 'number' });
  return {
    root: element('label', { class: 'legend', title: 'Opacity of the prediction' }, 'α', slider, value),
    show(alpha) {
      if (slider.valueAsNumber !== alpha) slider.value = String(alpha);
      setText(value, alpha.toFixed(2));
    },
  };
}
