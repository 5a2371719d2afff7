/** The values of the pixel under the pointer, in the truth and in the prediction. */
import type { LoadedModel } from '../model.ts';
import { element, setText } from '../ui/element.ts';

export interface PixelProbe {
  readonly root: HTMLElement;
  /** Reads pixels from this picture when the pointer is over it. */
  watch(picture: HTMLElement): void;
  show(model: LoadedModel): void;
}

/** One pixel of a frame. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** The pixel below a point of a picture, or undefined outside of it. */
export function pixelAt(
  point: { readonly x: number; readonly y: number },
  shown: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
): Pixel | undefined {
  const x = Math.floor((point.x / shown.width) * picture.width);
  const y = Math.floor((point.y / shown.height) * picture.height);
  return x >= 0 && y >= 0 && x < picture.width && y < picture.height ? { x, y } : undefined;
}

export function createPixelProbe(): PixelProbe {
  const root = element('p', { class: 'probe number', 'aria-live': 'off' });
  let model: LoadedModel | undefined;
  let pixel: Pixel | undefined;
  const write = () =>
    setText(root, model && pixel ? describePixel(model, pixel) : 'Point at a picture to read a pixel');
  return {
    root,
    watch(picture) {
      picture.addEventListener('pointermove', ({ clientX, clientY }) => {
        if (!model) return;
        const { left, top, width, height } = picture.getBoundingClientRect();
        pixel = pixelAt({ x: clientX - left, y: clientY - top }, { width, height }, model.manifest);
        write();
      });
      picture.addEventListener('pointerleave', () => {
        pixel = undefined;
        write();
      });
    },
    show(current) {
      model = current;
      write();
    },
  };
}

function describePixel({ manifest, rollout, clock, predictor }: LoadedModel, { x, y }: Pixel): string {
  const at = ((clock.frame * manifest.height + y) * manifest.width + x) * 3;
  const truth = rollout.truth.rgb.subarray(at, at + 3);
  const predicted = rollout.predictors[predictor].rgb.subarray(at, at + 3);
  const apart = Math.max(...truth.map((value, c) => Math.abs(value - predicted[c])));
  const color = (rgb: Uint8Array) =>
    Array.from(rgb, (value) => String(value).padStart(3, '\u2007')).join(' ');
  return `x ${x}, y ${y} · truth ${color(truth)} · ${predictor} ${color(predicted)} · difference ${apart}`;
}
