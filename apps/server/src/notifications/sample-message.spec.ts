import { describe, expect, it } from '@jest/globals';
import { notificationEvents } from '@crisol/contracts';
import { sampleMessage } from './sample-message.js';

describe(sampleMessage, () => {
  it.each(notificationEvents)('knows every fact that the words of %s ask for', (type) => {
    const { title, text, link } = sampleMessage(type, 'https://crisol.example', 0);
    expect(`${title} ${text} ${link}`).not.toContain('?');
    expect(link).toMatch(/^https:\/\/crisol\.example\/console\//);
  });
});
