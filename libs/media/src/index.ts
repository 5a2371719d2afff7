export { inferno } from './color/inferno.ts';
export { depthPicture, finiteRange, flowPicture, labelColor, labelPicture, type Size } from './color/maps.ts';
export { escapeHtml, html, trusted, type Markup } from './page/html.ts';
export { STYLE_SHEET } from './page/style.ts';
export { blank, encodePng, enlarge, paste, type Picture, type Rgb } from './picture/picture.ts';
export { TEXT_HEIGHT, textWidth, writeText } from './picture/text.ts';
