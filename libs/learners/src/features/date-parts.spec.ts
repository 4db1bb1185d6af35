import { describe, expect, it } from '@jest/globals';
import { datePart } from './date-parts.js';

describe(datePart.name, () => {
  it('agrees with the calendar from 1600 to 2400', () => {
    for (let days = -135_000; days < 157_000; days += 37) {
      const date = new Date(days * 86_400_000);
      const parts = [datePart(days, 'year'), datePart(days, 'month'), datePart(days, 'day'), datePart(days, 'weekday')];
      expect(parts).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), (date.getUTCDay() + 6) % 7]);
    }
  });
  it('takes every full hour and the second before it', () => {
    for (let hour = 0; hour < 24; hour++) {
      expect(datePart(20_000 + hour / 24, 'hour')).toBe(hour);
      expect(datePart(20_000 + (hour * 3600 + 3599) / 86_400, 'hour')).toBe(hour);
    }
  });
  it('keeps a missing date missing', () => expect(datePart(Number.NaN, 'year')).toBeNaN());
});
