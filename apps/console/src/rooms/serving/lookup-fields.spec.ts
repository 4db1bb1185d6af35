import { describe, expect, it } from 'vitest';
import { filledColumns, keyCell, keyFields } from './lookup-fields';

const inputs = [
  { name: 'trips', type: 'number', nullable: true },
  { name: 'city', type: 'text', nullable: true },
] as const;
const lookup = {
  store: 'postgres',
  keys: { driver_id: 'driver', home: 'city', second_driver: 'driver' },
  features: [{ feature: 'driver:trips' }, { feature: 'driver:score', as: 'rating' }],
  timeoutMs: 100,
  onFailure: 'fail',
} as const;

describe('the form of an endpoint that looks features up', () => {
  it('asks once for each key that is no input of the model', () => {
    expect(keyFields({ ...lookup, features: [...lookup.features] }, inputs)).toEqual(['driver']);
    expect(keyFields(null, inputs)).toEqual([]);
  });
  it('knows which feature fills which column', () => {
    expect([...filledColumns({ ...lookup, features: [...lookup.features] })]).toEqual([
      ['trips', 'driver:trips'],
      ['rating', 'driver:score'],
    ]);
  });
  it('keeps keys that a number would change as text', () => {
    expect(['1001', ' 7 ', '007', '1e3', 'ana'].map(keyCell)).toEqual([1001, 7, '007', '1e3', 'ana']);
  });
});
