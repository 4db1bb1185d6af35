import { columnTable, createPluginHarness } from '@crisol/plugin-testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

describe('__NAME__', () => {
  it('names the rows under the bound, and lets the tolerance pass', async () => {
    const validator = createPluginHarness(plugin, { settings: { tolerance: 1 } }).provided.validators?.[0];
    assert.ok(validator);
    const check = { type: '__SNAKE___column_at_least', kwargs: { column: 'price', minimum: 10 } };
    const signal = new AbortController().signal;
    const table = columnTable({ price: [12, 9.5, 3, 11] });

    const [finding] = await validator.validate(table, [check], signal);
    assert.equal(finding?.message, '1 of 4 values of price are under 10; none may be.');
    assert.deepEqual(await validator.failingRows?.(table, check, { offset: 0, limit: 10 }, signal), [2]);
  });
});
