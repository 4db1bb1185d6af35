import { describe, expect, it } from 'vitest';
import { columnSpan, rowSpan, scrollTo } from './virtual-grid';

describe(rowSpan, () => {
  it('draws the rows in view and few more of ten thousand', () => {
    const { start, end } = rowSpan(36 * 5000, 600, 36, 10_000);
    expect(start).toBeLessThanOrEqual(5000);
    expect(end).toBeGreaterThanOrEqual(5017);
    expect(end - start).toBeLessThan(60);
  });
  it('stays the same for small steps, so that most scroll events draw nothing', () => {
    expect(rowSpan(36 * 100 + 1, 600, 36, 10_000)).toEqual(rowSpan(36 * 100 + 9, 600, 36, 10_000));
  });
  it('never leaves the rows, nor turns round', () => {
    expect(rowSpan(36 * 500, 600, 36, 3)).toEqual({ start: 3, end: 3 });
    expect(rowSpan(0, 600, 36, 3)).toEqual({ start: 0, end: 3 });
  });
});
describe(columnSpan, () => {
  it('draws the columns in view of a thousand', () => {
    const widths = Array.from({ length: 1000 }, () => 100);
    const lefts = widths.map((_, index) => index * 100);
    const { start, end } = columnSpan(lefts, widths, 50_000, 1000);
    expect(start).toBeGreaterThan(490);
    expect(end).toBeLessThan(520);
  });
});
describe(scrollTo, () => {
  it('moves only for rows out of view', () => {
    expect(scrollTo(5, 36, 0, 600)).toBeNull();
    expect(scrollTo(0, 36, 100, 600)).toBe(0);
    expect(scrollTo(100, 36, 0, 600)).toBe(101 * 36 - 600);
  });
});
