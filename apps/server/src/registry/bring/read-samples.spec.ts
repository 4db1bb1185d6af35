import { describe, expect, it } from '@jest/globals';
import type { Signature } from '@crisol/contracts';
import { parseCsv, readSamples } from './read-samples.js';

const inputs: Signature['inputs'] = [
  { name: 'x', type: 'number', nullable: true },
  { name: 'c', type: 'text', nullable: true },
];
const regression: Signature = { task: 'regression', inputs, target: 'y', labels: null };
const binary: Signature = { task: 'binary', inputs, target: 'y', labels: ['no', 'yes'] };

describe(readSamples.name, () => {
  it('reads rows and numbers from CSV; an empty field is missing', () => {
    const samples = readSamples('c,x,expected\r\n"a, ""b""",1.5,2\r\n,,3e1\r\n');
    const table = samples.table(regression);
    expect(table.columns).toMatchObject([
      { values: Float64Array.of(1.5, Number.NaN) },
      { levels: ['a, "b"'], codes: Int32Array.of(0, -1) },
    ]);
    expect(samples.expected(regression)).toEqual({ prediction: [2, 30] });
  });

  it('reads labels, or a probability for each class', () => {
    expect(readSamples('x,c,expected\n1,a,yes\n').expected(binary)).toEqual({ label: ['yes'] });
    expect(readSamples('x,c,expected:yes,expected:no\n1,a,0.75,0.25\n').expected(binary)).toEqual({ probabilities: [[0.25, 0.75]] });
  });

  it('reads JSON with named rows and with lists', () => {
    expect(readSamples('{"rows":[{"x":1,"c":null}],"expected":[[0.5,0.5]]}').expected(binary)).toEqual({ probabilities: [[0.5, 0.5]] });
    const lists = readSamples('{"rows":[[1,"a"],[2,"b"]],"expected":[1,2]}');
    expect(lists.columns).toBeNull();
    expect(lists.table(regression).columns).toMatchObject([{ values: Float64Array.of(1, 2) }, { levels: ['a', 'b'] }]);
  });

  it.each([
    ['no answers', () => readSamples('x,c\n1,a\n'), 'no column "expected"'],
    ['more rows than answers', () => readSamples('{"rows":[[1]],"expected":[]}'), '1 sample rows and 0 expected'],
    ['a text for a number', () => readSamples('x,c,expected\nmany,a,1\n').table(regression), 'x in sample row 0 is "many", not a number'],
    ['a column that is not there', () => readSamples('x,expected\n1,1\n').table(regression), 'no column c'],
    ['a class without a probability', () => readSamples('x,c,expected:yes\n1,a,1\n').expected(binary), 'a probability for each of no, yes'],
    ['broken JSON', () => readSamples('{"rows":'), 'not valid JSON'],
  ])('refuses %s', (_what, work, message) => {
    expect(work).toThrow(message);
  });
});

describe(parseCsv.name, () => {
  it('keeps quotes, line breaks inside of them, and a last empty field', () => {
    expect(parseCsv('a,b\n"x\ny",\n')).toEqual([
      ['a', 'b'],
      ['x\ny', ''],
    ]);
    expect(parseCsv('a,')).toEqual([['a', '']]);
  });
});
