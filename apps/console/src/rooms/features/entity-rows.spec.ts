import { describe, expect, it } from 'vitest';
import { entityRows } from './entity-rows';

describe(entityRows, () => {
  it('reads one entity a line and leaves out empty ones', () => {
    expect(entityRows('1001\n\n 1002 ', ['driver_id'])).toEqual([{ driver_id: 1001 }, { driver_id: 1002 }]);
  });

  it('takes several keys in their order', () => {
    expect(entityRows('1001, madrid', ['driver_id', 'city'])).toEqual([{ driver_id: 1001, city: 'madrid' }]);
  });

  it('keeps what a number would change as text', () => {
    expect(entityRows('007\n12345678901234567890\n1e3', ['id'])).toEqual([{ id: '007' }, { id: '12345678901234567890' }, { id: '1e3' }]);
  });
});
