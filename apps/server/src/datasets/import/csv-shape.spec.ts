import { describe, expect, it } from '@jest/globals';
import { csvShape, splitRecords } from './csv-shape.js';

describe(csvShape.name, () => {
  it.each([
    [',', 'a,b\n1,2\n3,4\n'],
    [';', 'a;b\n1,5;2\n3,25;4\n'],
    ['\t', 'a\tb\n1\t2, 3\n4\t5, 6\n'],
    ['|', 'a|b|c\n1|2|3\n'],
    [',', 'text,n\n"a; b; c",1\n"d; e; f",2\n'],
  ])('finds the delimiter %j where it cuts every line alike', (delimiter, head) => {
    expect(csvShape(head, {}).delimiter).toBe(delimiter);
  });

  it('takes a decimal comma only where no decimal point occurs and commas separate nothing', () => {
    expect(csvShape('a;b\n1,5;x\n', {}).decimalSeparator).toBe(',');
    expect(csvShape('a;b\n1,5;2.5\n', {}).decimalSeparator).toBe('.');
    expect(csvShape('a,b\n1,5\n', {}).decimalSeparator).toBe('.');
    expect(csvShape('a;b\n1,5;x\n', { decimalSeparator: '.' }).decimalSeparator).toBe('.');
  });

  it('sees codes whose zeros a number would lose', () => {
    expect(csvShape('zip,n,m\n01234,1,0\n10001,2,0.5\n', {}).codeColumns).toEqual([0]);
  });

  it('names every column once', () => {
    expect(csvShape('a,A,,b\n1,2,3,4\n', {}).names).toEqual(['a', 'A_1', 'column2', 'b']);
  });

  it('takes a column of sentences for one column', () => {
    expect(csvShape('note\nhello there\ngood-bye\n', {})).toMatchObject({ width: 1, delimiter: ',' });
  });
});

describe(splitRecords.name, () => {
  it('reads quotes, doubled quotes, line ends inside of quotes, CRLF and a last line without an end', () => {
    expect(splitRecords('a,b\r\n"x\n1","say ""no"""\r\n\r\n3,', ',', 10)).toEqual([
      ['a', 'b'],
      ['x\n1', 'say "no"'],
      ['3', ''],
    ]);
  });
});
