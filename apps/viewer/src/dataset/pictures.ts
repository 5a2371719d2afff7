/** The frame on the screen in every kind of picture that the dataset has. */
import type { Picture as PictureName } from '@orrery/dataset';
import type { Picture } from '@orrery/media';
import { arrange } from '../pictures/arrange.ts';
import { element } from '../ui/element.ts';

const titles: Readonly<Record<PictureName, string>> = {
  rgb: 'RGB',
  depth: 'Depth',
  segmentation: 'Segmentation',
  flow: 'Optical flow',
};

/** Device-independent pixels above each picture, and between pictures. */
const CAPTION = 34;
const GAP = 14;

export interface Pictures {
  readonly root: HTMLElement;
  /** Makes room for these, each of this size in source pixels. */
  arrange(names: readonly PictureName[], size: { readonly width: number; readonly height: number }): void;
  /** Draws them. */
  show(picture: (name: PictureName) => Picture): void;
}

export function createPictures(): Pictures {
  const root = element('section', { class: 'pictures', 'aria-label': 'Pictures' });
  let size = { width: 1, height: 1 };
  let figures: { name: PictureName; figure: HTMLElement; canvas: HTMLCanvasElement }[] = [];

  const place = () => {
    const ratio = window.devicePixelRatio;
    const space = {
      width: Math.round(root.clientWidth * ratio),
      height: Math.round(root.clientHeight * ratio),
      caption: Math.ceil(CAPTION * ratio),
      gap: Math.round(GAP * ratio),
    };
    const rectangles = arrange(figures.length, space, size);
    for (const [i, { figure }] of figures.entries()) {
      figure.style.left = `${rectangles[i].x / ratio}px`;
      figure.style.top = `${rectangles[i].y / ratio}px`;
      figure.style.width = `${rectangles[i].width / ratio}px`;
      figure.style.height = `${rectangles[i].height / ratio}px`;
    }
  };
  new ResizeObserver(place).observe(root);

  return {
    root,
    arrange(names, of) {
      size = { width: of.width, height: of.height };
      figures = names.map((name) => {
        const canvas = element('canvas', { class: 'frame', 'data-picture': name, ...size });
        const title = element('span', { class: 'caption-title' }, titles[name]);
        const caption = element('figcaption', { class: 'caption' }, title);
        const figure = element(
          'figure',
          { class: 'picture', role: 'img', 'aria-label': titles[name] },
          caption,
          canvas,
        );
        return { name, figure, canvas };
      });
      root.replaceChildren(...figures.map(({ figure }) => figure));
      place();
    },
    show(picture) {
      for (const { name, canvas } of figures)
        canvas.getContext('2d')!.putImageData(imageOf(picture(name)), 0, 0);
    },
  };
}

/** [H, W, 3] as the canvas takes it, opaque. */
function imageOf({ width, height, data }: Picture): ImageData {
  const image = new ImageData(width, height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    image.data[to] = data[from];
    image.data[to + 1] = data[from + 1];
    image.data[to + 2] = data[from + 2];
    image.data[to + 3] = 255;
  }
  return image;
}
