/** Building the page's elements. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * An element with attributes and children. True sets an attribute without a value; false and undefined leave it out.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false)
      created.setAttribute(name, value === true ? '' : String(value));
  created.append(...children);
  return created;
}

/** Paths of the 16x16 icons, drawn with lines of the text's colour. */
const icons = {
  play: '<path d="M4.5 2.8v10.4L13 8z" fill="currentColor" stroke-linejoin="round"/>',
  pause: '<path d="M5.2 3v10M10.8 3v10" stroke-width="2.6"/>',
  back: '<path d="M11 3 5.5 8l5.5 5"/>',
  forward: '<path d="m5 3 5.5 5L5 13"/>',
  start: '<path d="M12 3 6.5 8l5.5 5M4 3v10"/>',
  end: '<path d="m4 3 5.5 5L4 13M12 3v10"/>',
  loop: '<path d="M3 8.5a4.5 4.5 0 0 1 4.5-4.7H13m0 0-2.3-2.2M13 3.8 10.7 6M13 7.5a4.5 4.5 0 0 1-4.5 4.7H3m0 0 2.3 2.2M3 12.2 5.3 10"/>',
  save: '<path d="M8 2v7.5M4.8 6.6 8 9.8l3.2-3.2M2.5 12.8h11"/>',
  help: '<path d="M5.6 6a2.5 2.5 0 1 1 3.7 2.2c-.9.5-1.3.9-1.3 1.9M8 12.6v.2" stroke-width="1.7"/>',
  report: '<path d="M4 2h5.5L12.5 5v9h-8.5zM6.3 7h4M6.3 9.5h4M6.3 12h2.5"/>',
  close: '<path d="m4 4 8 8M12 4l-8 8"/>',
} as const;
export type Icon = keyof typeof icons;

export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({
    viewBox: '0 0 16 16',
    class: 'icon',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '1.5',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
    'aria-hidden': 'true',
  }))
    svg.setAttribute(key, value);
  svg.innerHTML = icons[name];
  return svg;
}

/** A button that does not keep the focus after a click with the mouse, so that the space bar goes on to mean "play". */
export function button(
  attributes: Attributes & { readonly title: string },
  content: Node | string,
  act: () => void,
): HTMLButtonElement {
  const created = element(
    'button',
    { type: 'button', 'aria-label': attributes.title, ...attributes },
    content,
  );
  created.addEventListener('click', (event) => {
    act();
    if (event.detail > 0) created.blur();
  });
  return created;
}

/** A labelled drop-down list. `fill` replaces its options where they changed. */
export function select(
  label: string,
  attributes: Attributes,
  choose: (value: string) => void,
): { root: HTMLLabelElement; fill(options: readonly (readonly [string, string])[], value: string): void } {
  const list = element('select', { 'aria-label': label, ...attributes });
  list.addEventListener('change', () => {
    choose(list.value);
    list.blur();
  });
  let shown = '';
  return {
    root: element('label', { class: 'field' }, element('span', { class: 'field-name' }, label), list),
    fill(options, value) {
      const key = JSON.stringify(options);
      if (key !== shown) {
        list.replaceChildren(...options.map(([id, name]) => element('option', { value: id }, name)));
        list.disabled = options.length < 2;
        shown = key;
      }
      if (list.value !== value) list.value = value;
    },
  };
}

/** A row of buttons of which one is pressed. */
export function choices<Choice extends string>(
  label: string,
  options: readonly (readonly [Choice, string, string])[],
  choose: (value: Choice) => void,
): { root: HTMLDivElement; show(value: Choice): void } {
  const buttons = options.map(([value, name, title]) =>
    button({ title, class: 'choice', 'data-choice': value }, name, () => choose(value)),
  );
  return {
    root: element('div', { class: 'choices', role: 'group', 'aria-label': label }, ...buttons),
    show(value) {
      for (const [i, [choice]] of options.entries())
        buttons[i].setAttribute('aria-pressed', String(choice === value));
    },
  };
}

/** Sets an element's text where it differs, so that nothing is laid out again for nothing. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
