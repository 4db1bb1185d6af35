import { describe, expect, it } from '@jest/globals';
import { FreshCache } from './fresh-cache.js';

function aCache() {
  const source = { value: 'old', fails: false, loads: 0 };
  const clock = { now: 0 };
  const cache = new FreshCache<string>({
    load: async () => {
      source.loads++;
      const value = source.value;
      await Promise.resolve();
      if (source.fails) throw new Error('down');
      return value;
    },
    now: () => clock.now,
    maxAgeMs: 1_000,
    outageMs: 60_000,
    maxEntries: 3,
  });
  return { source, clock, cache };
}

describe(FreshCache.name, () => {
  it('asks once for many callers', async () => {
    const { source, cache } = aCache();
    await Promise.all(Array.from({ length: 50 }, () => cache.get('a')));
    expect(await cache.get('a')).toBe('old');
    expect(source.loads).toBe(1);
  });

  it('never gives a value older than its age', async () => {
    const { source, clock, cache } = aCache();
    await cache.get('a');
    source.value = 'new';
    clock.now = 1_000;
    expect(await cache.get('a')).toBe('new');
  });

  it('renews in the background before a value is too old', async () => {
    const { source, clock, cache } = aCache();
    await cache.get('a');
    source.value = 'new';
    clock.now = 600;
    expect(await cache.get('a')).toBe('old');
    await new Promise(setImmediate);
    expect(await cache.get('a')).toBe('new');
    expect(source.loads).toBe(2);
  });

  it('forgets at once when told, even with a look under way', async () => {
    const { source, cache } = aCache();
    const first = cache.get('a');
    source.value = 'new';
    cache.forget(() => true);
    expect(await first).toBe('new');
    expect(await cache.get('a')).toBe('new');
  });

  it('goes on through an outage of the source, but not for ever', async () => {
    const { source, clock, cache } = aCache();
    await cache.get('a');
    source.fails = true;
    clock.now = 30_000;
    expect(await cache.get('a')).toBe('old');
    clock.now = 60_001;
    await expect(cache.get('a')).rejects.toThrow('down');
  });

  it('holds no more than it may', async () => {
    const { source, cache } = aCache();
    for (const key of ['a', 'b', 'c', 'd']) await cache.get(key);
    await cache.get('a');
    expect(source.loads).toBe(5);
  });
});
