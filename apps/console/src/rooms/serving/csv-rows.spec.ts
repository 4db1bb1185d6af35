import { describe, expect, it } from 'vitest';
import { cellOf, csvInstances, parseCsv } from './csv-rows';

describe(parseCsv, () => {
  it('keeps delimiters, quotes and line ends inside quotes', () => {
    expect(parseCsv('a,b\r\n"x, ""y""","1\n2"\r\n')).toEqual([
      ['a', 'b'],
      ['x, "y"', '1\n2'],
    ]);
  });
  it('finds a semicolon or a tab', () => {
    expect(parseCsv('a;b\n1;2')[1]).toEqual(['1', '2']);
    expect(parseCsv('a\tb\n1\t2')[1]).toEqual(['1', '2']);
  });
});
describe(csvInstances, () => {
  const inputs = [
    { name: 'mass', type: 'number', nullable: true },
    { name: 'island', type: 'text', nullable: true },
    { name: 'zip', type: 'text', nullable: true },
  ] as const;
  it('types each cell by the signature and leaves numbers in text columns alone', () => {
    expect(csvInstances('mass,island,zip\n3.5,Dream,08001\n,,\n', inputs)).toEqual([
      { mass: 3.5, island: 'Dream', zip: '08001' },
      { mass: null, island: null, zip: null },
    ]);
  });
  it('leaves what does not fit as text for the server to refuse', () => {
    expect(cellOf('heavy', inputs[0])).toBe('heavy');
  });
});
