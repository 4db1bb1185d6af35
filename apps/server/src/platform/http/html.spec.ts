import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Html, html, page, pageHeaders } from './html.js';

describe(html.name, () => {
  it('escapes every value, in text and in attributes', () => {
    expect(html`<p title="${`"'<>&`}">${`<b>`}${1}</p>`.text).toBe('<p title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;1</p>');
  });

  it('takes parts of its own as they are, lists of them too, and nothing for nothing', () => {
    const parts = ['<', 'b'].map((one) => html`<i>${one}</i>`);
    expect(html`${parts}${null}${undefined}${new Html('<hr>')}`.text).toBe('<i>&lt;</i><i>b</i><hr>');
  });
});

describe(page.name, () => {
  it('escapes its title, and has the only style that its policy lets pass', () => {
    const text = page('</title><script>', html`<p>x</p>`);
    expect(text).toContain('<title>&lt;/title&gt;&lt;script&gt;</title>');
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    expect(pageHeaders['content-security-policy']).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });
});
