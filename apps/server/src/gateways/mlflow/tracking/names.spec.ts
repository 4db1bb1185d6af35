import { describe, expect, it } from '@jest/globals';
import { checkKey, checkName, checkRunId } from './names.js';

describe(checkName.name, () => {
  it.each(['loss', 'ok/na-me.x y:z', 'a/b/c', '_', '-'])('takes %s', (name) => {
    expect(() => checkName(name, 'name')).not.toThrow();
  });

  it.each([
    ['../up', '../up'],
    ['/abs', '/abs'],
    ['a//b', 'a/b'],
    ['.', '.'],
    ['a/../b', 'b'],
    ['a/', 'a'],
  ])('refuses %s, which as a path is %s', (name, normal) => {
    expect(() => checkName(name, 'name')).toThrow(`This name would resolve to '${normal}'`);
  });

  it('refuses control characters', () => {
    expect(() => checkName('bad\u0000name', 'name')).toThrow(
      'Invalid value "bad\\u0000name" for parameter \'name\' supplied: Names may only',
    );
  });
});

describe(checkKey.name, () => {
  it('takes 250 characters and not one more', () => {
    expect(() => checkKey('x'.repeat(250), 'Metric name')).not.toThrow();
    expect(() => checkKey('x'.repeat(251), 'Metric name')).toThrow("'Metric name' exceeds the maximum length of 250 characters");
  });
});

describe(checkRunId.name, () => {
  it('refuses what cannot be the id of a run', () => {
    expect(() => checkRunId('bad id!')).toThrow(`Invalid value "bad id!" for parameter 'run_id' supplied.`);
    expect(() => checkRunId('x'.repeat(300))).toThrow('Invalid value');
    expect(() => checkRunId('0'.repeat(32))).not.toThrow();
  });
});
