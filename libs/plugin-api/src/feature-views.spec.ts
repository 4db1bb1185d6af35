import { describe, expect, it } from '@jest/globals';
import type { FeatureViewInfo } from './feature-store.js';
import { agedValue, checkFeatureRow, checkView, entityKey, resolveFeatures } from './feature-views.js';

const driver: FeatureViewInfo = {
  name: 'driver',
  entities: ['driver_id', 'region'],
  features: [
    { name: 'trips', type: 'integer' },
    { name: 'since', type: 'timestamp' },
  ],
  maxAgeSeconds: 60,
};
const refused = (words: string) => expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(words) });

describe(resolveFeatures, () => {
  it('finds a feature with its view', () => {
    expect(resolveFeatures([driver], ['driver:since', 'driver:trips']).map(({ feature }) => feature)).toEqual(['since', 'trips']);
  });

  it.each([
    ['trips', 'view:feature'],
    ['rider:trips', 'There are: driver.'],
    ['driver:wings', 'it has trips, since'],
  ])('refuses %s and says what exists', (name, words) => {
    expect(() => resolveFeatures([driver], [name])).toThrow(refused(words));
  });

  it('says that there is no view yet', () => {
    expect(() => resolveFeatures([], ['driver:trips'])).toThrow(refused('There is no view yet.'));
  });
});

describe(entityKey, () => {
  it('takes a number and its text for the same entity, in the order of the view', () => {
    expect(entityKey(driver, { region: 'Lima', driver_id: 1001 })).toBe('["1001","Lima"]');
    expect(entityKey(driver, { driver_id: '1001', region: 'Lima', rider_id: 4 })).toBe('["1001","Lima"]');
  });

  it('keeps entities apart whose keys hold commas and quotes', () => {
    const keys = [
      { driver_id: '1', region: '2","3' },
      { driver_id: '1","2', region: '3' },
    ];
    expect(new Set(keys.map((row) => entityKey(driver, row))).size).toBe(2);
  });

  it('names the key that is missing', () => {
    expect(() => entityKey(driver, { driver_id: 1 })).toThrow(refused('region'));
  });
});

describe(checkView, () => {
  it('takes a view, and a change of its features and age', () => {
    expect(() => checkView({ ...driver, features: [{ name: 'rating', type: 'number' }], maxAgeSeconds: null }, driver)).not.toThrow();
  });

  it.each([
    [{ ...driver, name: 'a:b' }, 'is no name'],
    [{ ...driver, entities: [] }, 'at least one entity'],
    [{ ...driver, features: [{ name: 'region', type: 'text' as const }] }, 'twice'],
    [{ ...driver, maxAgeSeconds: 0 }, 'more than 0'],
    [{ ...driver, entities: ['driver_id'] }, 'they stay'],
  ])('refuses %j', (view, words) => {
    expect(() => checkView(view, driver)).toThrow(refused(words));
  });
});

describe(checkFeatureRow, () => {
  const keys = { driver_id: 1, region: 'Lima' };
  it('takes some of the features, and null for any', () => {
    expect(() => checkFeatureRow(driver, { keys, at: 1, values: { trips: null } }, 0)).not.toThrow();
    expect(() => checkFeatureRow(driver, { keys, at: 1, values: { trips: 3, since: '2026-01-01T00:00:00Z' } }, 0)).not.toThrow();
  });

  it.each([
    [{ keys: { driver_id: 1 }, at: 1, values: {} }, 'region'],
    [{ keys, at: 1.5, values: {} }, 'time'],
    [{ keys, at: 1, values: { trips: 1.5 } }, 'type integer'],
    [{ keys, at: 1, values: { since: 'soon' } }, 'type timestamp'],
    [{ keys, at: 1, values: { wings: 2 } }, 'no feature wings'],
  ])('refuses %j', (row, words) => {
    expect(() => checkFeatureRow(driver, row, 7)).toThrow(refused(words));
  });
});

describe(agedValue, () => {
  it('tells present, null, too old and not found apart', () => {
    expect(agedValue(driver, { value: 3, at: 0 }, 60_000)).toEqual({ value: 3, status: 'present', eventTime: 0 });
    expect(agedValue(driver, { value: null, at: 0 }, 60_000)).toEqual({ value: null, status: 'null_value', eventTime: 0 });
    expect(agedValue(driver, { value: 3, at: 0 }, 60_001)).toEqual({ value: null, status: 'outside_max_age', eventTime: 0 });
    expect(agedValue({ ...driver, maxAgeSeconds: null }, { value: 3, at: 0 }, 1e15)).toMatchObject({ status: 'present' });
    expect(agedValue(driver, undefined, 0)).toEqual({ value: null, status: 'not_found', eventTime: null });
  });
});
