import { describe, expect, it } from '@jest/globals';
import { countDistinct, takeRows, textOf, type Frame, type TextFrameColumn } from './frame.js';

const text: TextFrameColumn = { name: 't', type: 'text', codes: Int32Array.of(0, -1, 1, 2), levels: ['a', '', 'b'] };
const frame: Frame = { rows: 4, columns: [{ name: 'x', type: 'number', values: Float64Array.of(1, Number.NaN, 3, 1) }, text] };

describe(takeRows.name, () => {
  it('takes rows in the order of the indices, repeats included', () => {
    const taken = takeRows(frame, [3, 0, 0]);
    expect(taken.rows).toBe(3);
    expect(taken.columns[0]).toMatchObject({ values: Float64Array.of(1, 1, 1) });
    expect(taken.columns[1]).toMatchObject({ codes: Int32Array.of(2, 0, 0), levels: ['a', '', 'b'] });
  });
});

describe(countDistinct.name, () => {
  it('leaves out missing values and the empty text', () => {
    expect(frame.columns.map((column) => countDistinct(column))).toEqual([2, 2]);
    expect(textOf(text, 2)).toBeUndefined();
  });
});
