import { describe, expect, it } from '@jest/globals';
import { FeatureLookup } from '@crisol/contracts';
import type { FeatureViewInfo } from '@crisol/plugin-api';
import { findIssues } from './lookup-rules.js';

const views: FeatureViewInfo[] = [
  { name: 'driver', entities: ['driver_id'], features: [{ name: 'trips', type: 'number' }] },
  { name: 'pair', entities: ['driver_id', 'rider_id'], features: [{ name: 'trips', type: 'number' }] },
];
const issuesOf = (features: { feature: string; as?: string }[], keys: Record<string, string> = { driver_id: 'd' }) =>
  findIssues(FeatureLookup.parse({ store: 's', keys, features }), views).map(({ pointer, code, message }) => [pointer, code, message]);

describe(findIssues, () => {
  it('has nothing to say of a look-up that works', () => {
    const both = [{ feature: 'driver:trips' }, { feature: 'pair:trips', as: 'pair_trips' }];
    expect(issuesOf(both, { driver_id: 'd', rider_id: 'r' })).toEqual([]);
  });

  it('points at a view and at a feature that do not exist, and says which do', () => {
    expect(issuesOf([{ feature: 'rider:trips' }, { feature: 'driver:wings' }])).toEqual([
      ['/lookup/features/0/feature', 'not_found', 'there is no view rider; there are: driver, pair'],
      ['/lookup/features/1/feature', 'not_found', 'the view driver has no feature wings; it has: trips'],
    ]);
  });

  it('points at a column that two features would fill', () => {
    expect(issuesOf([{ feature: 'driver:trips' }, { feature: 'driver:trips' }])).toEqual([
      ['/lookup/features/1/as', 'name_taken', 'two features would fill the column trips'],
    ]);
  });

  it('names the key that a view needs', () => {
    expect(issuesOf([{ feature: 'pair:trips' }])).toEqual([
      ['/lookup/keys', 'feature_key_missing', 'say which field holds the key rider_id'],
    ]);
  });
});
