import { describe, expect, it } from 'vitest';
import { renderMarkdown } from './markdown';

describe(renderMarkdown, () => {
  it('shows headings, lists, code and links', () => {
    const html = renderMarkdown('# Title\n\n- one\n\n`code` [page](https://example.com/)');
    expect(html).toContain('<h1>Title</h1>');
    expect(html).toContain('<li>one</li>');
    expect(html).toContain('<code>code</code>');
    expect(html).toContain('<a target="_blank" rel="noreferrer noopener" href="https://example.com/">page</a>');
  });

  it('runs nothing: markup stays text, script addresses make no link, images are not fetched', () => {
    const html = renderMarkdown('<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![i](https://example.com/i.png)');
    expect(html).not.toMatch(/<img|<script|href="javascript/);
  });
});
