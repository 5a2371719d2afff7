/** One time series plot: a line a predictor, the clock's playhead, and seeking with the pointer. */
import uPlot from 'uplot';
import { format } from '../metrics.ts';
import { isLoaded, type Actions, type LoadedModel, type Model, type Part } from '../model.ts';
import { element, setText } from '../ui/element.ts';
import { predictorColor, themeColor } from '../ui/theme.ts';
import { axisRange, plotRows, type Quantity } from './series.ts';

/** Plots with this key share the hovered frame. */
const shared = 'orrery';

export interface PlotPane extends Part {
  readonly root: HTMLElement;
  recolor(): void;
}

export function createPlot(quantity: Quantity, actions: Actions): PlotPane {
  const legend = element('span', { class: 'plot-legend' });
  const box = element('div', { class: 'plot-box', role: 'img' });
  const root = element(
    'section',
    { class: 'panel plot', 'aria-label': quantity.name },
    element(
      'header',
      { class: 'caption' },
      element('span', { class: 'caption-title' }, `${quantity.name} (${quantity.unit})`),
      legend,
    ),
    box,
  );
  let plot: uPlot | undefined;
  let model: LoadedModel | undefined;
  let hovered: number | undefined;

  const frameAt = (chart: uPlot, left: number) => chart.posToVal(left, 'x');

  const build = () => {
    plot?.destroy();
    plot = undefined;
    if (!model || box.clientWidth === 0 || box.clientHeight === 0) return;
    plot = new uPlot(
      options(quantity, model, box, (frame) => {
        hovered = frame;
        label();
      }),
      plotRows(quantity, model) as uPlot.AlignedData,
      box,
    );
    const chart = plot;
    const seek = (event: PointerEvent) =>
      actions.seek(frameAt(chart, event.clientX - chart.over.getBoundingClientRect().left));
    chart.over.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      chart.over.setPointerCapture(event.pointerId);
      seek(event);
    });
    chart.over.addEventListener('pointermove', (event) => {
      if (chart.over.hasPointerCapture(event.pointerId)) seek(event);
    });
  };

  /** The values at the hovered frame, else at the clock's. */
  const label = () => {
    if (!model) return;
    const { manifest, rollout, predictor, clock } = model;
    const frame = hovered ?? clock.frame;
    const key = manifest.predictors.join('\n');
    if (legend.dataset.key !== key) {
      legend.dataset.key = key;
      legend.replaceChildren(
        ...manifest.predictors.map((name) => {
          const item = element(
            'button',
            { type: 'button', class: 'plot-key', title: `Show ${name}` },
            name,
            element('b'),
          );
          item.addEventListener('click', (event) => {
            actions.change({ predictor: name });
            if (event.detail > 0) item.blur();
          });
          return item;
        }),
      );
    }
    for (const [i, name] of manifest.predictors.entries()) {
      const item = legend.children[i] as HTMLElement;
      item.style.setProperty('--key', predictorColor(i));
      item.setAttribute('aria-pressed', String(name === predictor));
      setText(item.lastElementChild!, format(quantity.of(rollout.predictors[name])[frame], quantity.digits));
    }
    const value = format(quantity.of(rollout.predictors[predictor])[clock.frame], quantity.digits);
    box.setAttribute(
      'aria-label',
      `${quantity.name} of ${predictor} in frame ${clock.frame}: ${value} ${quantity.unit}`,
    );
  };

  new ResizeObserver(() => {
    if (plot) plot.setSize({ width: box.clientWidth, height: box.clientHeight });
    else build();
  }).observe(box);

  return {
    root,
    recolor: build,
    update(current: Model) {
      if (!isLoaded(current)) return;
      const before = model;
      model = current;
      const other = before?.rollout !== current.rollout || before.predictor !== current.predictor;
      if (other) hovered = undefined;
      if (other || !plot) build();
      else if (before.clock.frame !== current.clock.frame) plot.redraw(false, false);
      label();
    },
  };

  function options(
    shownQuantity: Quantity,
    shown: LoadedModel,
    { clientWidth, clientHeight }: HTMLElement,
    hover: (frame: number | undefined) => void,
  ): uPlot.Options {
    const { manifest, predictor } = shown;
    const axis = {
      stroke: themeColor('muted'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: themeColor('line'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: clientWidth,
      height: clientHeight,
      padding: [10, 12, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 7 },
        sync: { key: shared, setSeries: false },
      },
      scales: {
        x: { time: false, range: [0, manifest.context + manifest.horizon - 1] },
        y: { range: (_, low, high) => axisRange(low, high, shownQuantity.fromZero) },
      },
      axes: [
        { ...axis, size: 30, gap: 4, space: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
        { ...axis, size: 46, gap: 6, space: 34 },
      ],
      series: [
        { label: 'frame' },
        ...manifest.predictors.map((name, i): uPlot.Series => {
          const chosen = name === predictor;
          return {
            label: name,
            stroke: predictorColor(i),
            width: chosen ? 2.25 : 1.25,
            alpha: chosen ? 1 : 0.75,
            dash: chosen ? undefined : [5, 4],
            points: { show: false },
          };
        }),
      ],
      hooks: {
        drawClear: [(chart) => shadeGiven(chart, manifest.context)],
        draw: [(chart) => drawPlayhead(chart, shownQuantity)],
        setCursor: [
          (chart) => {
            const { left } = chart.cursor;
            hover(left === undefined || left < 0 ? undefined : Math.round(frameAt(chart, left)));
          },
        ],
      },
    };
  }

  /** The frames that were given lie on a ground of their own. */
  function shadeGiven(chart: uPlot, context: number): void {
    const { ctx, bbox } = chart;
    const right = chart.valToPos(context - 0.5, 'x', true);
    ctx.save();
    ctx.fillStyle = themeColor('given');
    ctx.fillRect(bbox.left, bbox.top, Math.max(0, right - bbox.left), bbox.height);
    ctx.restore();
  }

  function drawPlayhead(chart: uPlot, shownQuantity: Quantity): void {
    if (!model) return;
    const { ctx, bbox } = chart;
    const { clock, rollout, manifest, predictor } = model;
    const ratio = window.devicePixelRatio;
    const x = Math.round(chart.valToPos(clock.frame, 'x', true));
    ctx.save();
    ctx.strokeStyle = themeColor('text');
    ctx.globalAlpha = 0.8;
    ctx.lineWidth = ratio;
    // uPlot leaves the last line's dashes behind.
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x + 0.5, bbox.top);
    ctx.lineTo(x + 0.5, bbox.top + bbox.height);
    ctx.stroke();
    const value = shownQuantity.of(rollout.predictors[predictor])[clock.frame];
    if (Number.isFinite(value)) {
      ctx.globalAlpha = 1;
      ctx.fillStyle = predictorColor(manifest.predictors.indexOf(predictor));
      ctx.strokeStyle = themeColor('panel');
      ctx.lineWidth = 2 * ratio;
      ctx.beginPath();
      ctx.arc(x + 0.5, chart.valToPos(value, 'y', true), 4.5 * ratio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }
}
