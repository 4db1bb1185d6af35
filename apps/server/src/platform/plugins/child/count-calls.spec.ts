import { describe, expect, it } from '@jest/globals';
import { PluginError, type Provided, type Validator } from '@crisol/plugin-api';
import { countCalls, type EndedCall } from './count-calls.js';

const { signal } = new AbortController();
const finding = { outcome: 'passed', message: 'All is well here', hasFailingRows: false } as const;

function counting(validate: Validator['validate']) {
  const calls: EndedCall[] = [];
  const validator: Validator = { name: 'some', title: 'Some', checkTypes: [], validate };
  const provided: Provided = countCalls({ validators: [validator] }, (call) => calls.push(call));
  const run = (abort = signal) =>
    provided.validators?.[0]?.validate(
      { columns: [], rowCount: 0, query: () => Promise.reject(signal.reason), read: () => Promise.reject(signal.reason) },
      [],
      abort,
    );
  return { calls, run, name: provided.validators?.[0]?.name };
}
const outcomes = (calls: readonly EndedCall[]) => calls.map(({ operation, outcome }) => [operation, outcome]);

describe(countCalls, () => {
  it('counts a call and gives its answer, and leaves the rest of the object as it is', async () => {
    const { calls, run, name } = counting(() => Promise.resolve([finding]));
    expect(await run()).toEqual([finding]);
    expect(outcomes(calls)).toEqual([['validate', 'ok']]);
    expect(name).toBe('some');
  });

  it('tells a fault of the plugin from a refusal', async () => {
    const refuses = counting(() => Promise.reject(new PluginError('invalid_input', 'There is no such column.')));
    await expect(refuses.run()).rejects.toThrow('There is no such column.');
    const breaks = counting(() => Promise.reject(new TypeError('x is not a function')));
    await expect(breaks.run()).rejects.toThrow('x is not a function');
    expect([...outcomes(refuses.calls), ...outcomes(breaks.calls)]).toEqual([
      ['validate', 'error'],
      ['validate', 'fault'],
    ]);
  });

  it('holds no abort against the plugin', async () => {
    const { calls, run } = counting((_table, _checks, aborted) => Promise.reject(aborted.reason));
    await expect(run(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
    expect(outcomes(calls)).toEqual([['validate', 'error']]);
  });
});
