import { expect, test } from 'vitest';
import { escapeHtml, html } from './html.ts';

test('the template escapes text and keeps markup', () => {
  expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  expect(html`<p>${'<'}${html`<b>${'&'}</b>`}${[html`<i></i>`, 'x<']}${3}</p>`.markup).toBe(
    '<p>&lt;<b>&amp;</b><i></i>x&lt;3</p>',
  );
});
