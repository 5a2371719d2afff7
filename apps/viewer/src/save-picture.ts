/** The current view as a PNG: its canvases, and the captions around them. */

/**
 * @param area the part of the page to save; its elements with class `caption-title`, `key`, `plot-key` or
 *   `badge` are written where they stand
 * @param redraw draws the WebGL canvases, which lose their pixels after each frame
 */
export function pictureOf(area: HTMLElement, background: string, redraw: () => void): HTMLCanvasElement {
  const ratio = window.devicePixelRatio;
  const bounds = area.getBoundingClientRect();
  const picture = document.createElement('canvas');
  picture.width = Math.round(bounds.width * ratio);
  picture.height = Math.round(bounds.height * ratio);
  const context = picture.getContext('2d');
  if (!context) throw new Error('picture: this browser offers no 2D canvas; try another browser');
  context.scale(ratio, ratio);
  context.translate(-bounds.left, -bounds.top);
  context.fillStyle = background;
  context.fillRect(bounds.left, bounds.top, bounds.width, bounds.height);
  for (const panel of area.querySelectorAll('.panel')) fillPanel(context, panel);
  redraw();
  context.imageSmoothingEnabled = false;
  for (const canvas of area.querySelectorAll('canvas')) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    if (width > 0 && height > 0) context.drawImage(canvas, left, top, width, height);
  }
  const texts = '.caption-title, .key, .plot-key, .badge, .legend > span, th, td, dt, dd';
  for (const text of area.querySelectorAll<HTMLElement>(texts)) writeText(context, text);
  return picture;
}

function fillPanel(context: CanvasRenderingContext2D, panel: Element): void {
  const { left, top, width, height } = panel.getBoundingClientRect();
  const style = getComputedStyle(panel);
  context.fillStyle = style.backgroundColor;
  context.strokeStyle = style.borderTopColor;
  context.beginPath();
  context.roundRect(left, top, width, height, Number.parseFloat(style.borderTopLeftRadius) || 0);
  context.fill();
  context.stroke();
}

/** Writes an element's text where the page has it; what is scrolled out of sight is left out. */
function writeText(context: CanvasRenderingContext2D, element: HTMLElement): void {
  const range = document.createRange();
  range.selectNodeContents(element);
  const { left, right, top, bottom, height } = range.getBoundingClientRect();
  const text = element.innerText.trim();
  const panel = element.closest('.panel')?.getBoundingClientRect();
  if (!text || height === 0 || (panel && bottom > panel.bottom)) return;
  const style = getComputedStyle(element);
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = 'middle';
  const rightAligned = style.textAlign === 'right' || style.textAlign === 'end';
  context.textAlign = rightAligned ? 'right' : 'left';
  context.fillText(text, rightAligned ? right : left, (top + bottom) / 2);
}

/** Offers a canvas as a download. */
export async function download(picture: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('picture: the view is too large for this browser; make the window smaller');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
