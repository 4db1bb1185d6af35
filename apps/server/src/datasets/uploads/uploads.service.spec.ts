import { describe, expect, it } from '@jest/globals';
import { Name } from '@crisol/contracts';
import { nameFrom } from './uploads.service.js';

describe(nameFrom.name, () => {
  it.each([
    ['orders.csv', 'orders'],
    ['C:\\data\\orders 2024.final.parquet', 'orders 2024.final'],
    ['../../etc/passwd', 'passwd'],
    ['a:b%c.csv', 'a-b-c'],
  ])('makes a name of %s', (fileName, name) => {
    expect(nameFrom(fileName)).toBe(name);
    expect(Name.safeParse(name).success).toBe(true);
  });
});
