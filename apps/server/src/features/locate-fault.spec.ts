import { describe, expect, it } from '@jest/globals';
import type { EntityKeys, FeatureRow, FeatureViewInfo } from '@crisol/plugin-api';
import { locateInRead, locateInRows } from './locate-fault.js';

const driver: FeatureViewInfo = { name: 'driver', entities: ['driver_id'], features: [{ name: 'trips', type: 'integer' }] };
const city: FeatureViewInfo = { name: 'city', entities: ['city/id'], features: [{ name: 'size', type: 'number' }] };

describe('where a store refused', () => {
  it('points at features and views that are not there, with those that are', () => {
    const issues = locateInRead([driver, city], ['driver:trips', 'driver:trip', 'rider:trips'], [{ driver_id: 1 }], []);
    expect(issues).toEqual([
      { pointer: '/features/1', code: 'unknown', message: 'must be one of driver:trips' },
      { pointer: '/features/2', code: 'unknown', message: 'must begin with one of driver:, city:' },
    ]);
  });

  it('points at the row and the key that it lacks, of the views that were asked for only', () => {
    const rows: EntityKeys[] = [{ driver_id: 1 }, {}];
    expect(locateInRead([driver, city], ['driver:trips'], rows, ['keys']).map(({ pointer }) => pointer)).toEqual([
      '/rows/1/keys/driver_id',
    ]);
    expect(locateInRead([city], ['city:size'], [{}], []).map(({ pointer }) => pointer)).toEqual(['/rows/0/city~1id']);
  });

  it('points at keys and values of rows that do not fit the view', () => {
    const rows: FeatureRow[] = [
      { keys: { driver_id: 1 }, at: 0, values: { trips: 2 } },
      { keys: {}, at: 0, values: { trip: 2 } },
    ];
    expect(locateInRows(driver, rows).map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/rows/1/keys/driver_id', 'required'],
      ['/rows/1/values/trip', 'unknown'],
    ]);
  });

  it('says nothing about what is well, and no more than a hundred things', () => {
    expect(locateInRead([driver], ['driver:trips'], [{ driver_id: 1 }], [])).toEqual([]);
    expect(
      locateInRead(
        [driver],
        ['driver:trips'],
        Array.from({ length: 500 }, () => ({})),
        [],
      ),
    ).toHaveLength(100);
  });
});
