import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

describe('__NAME__', () => {
  it('posts the text of its template, with the token', async () => {
    const { provided, fakes } = createPluginHarness(plugin);
    const notifier = provided.notifiers?.[0];
    assert.ok(notifier);
    const target = notifier.target.parse({
      url: 'https://chat.example.com/hook',
      token: 'open sesame',
      template: '{{severity}}: {{title}}',
    });

    await notifier.send(aMessage({ id: 'dlv_1', severity: 'critical', title: 'Churn drifts' }), target, new AbortController().signal);

    const [seen] = fakes.http.requests;
    assert.equal(seen?.headers['authorization'], 'Bearer open sesame');
    assert.deepEqual(JSON.parse(seen?.body ?? ''), { id: 'dlv_1', text: 'critical: Churn drifts' });
  });
});
