import { describe, expect, it } from '@jest/globals';
import { joinReads, type Found, type Read, type Wanted } from './joined-reads.js';

const never = (): AbortSignal => new AbortController().signal;
const wanted = (entity: string): Wanted => ({ view: 'driver', entity, features: ['trips'] });
const found = (n: number, value: string): Found => ({ n, feature: 'trips', value, at: 0 });

/** A read that stands still until it is let go; it finds each entity's own name. */
function slowRead() {
  const calls: { readonly entities: string[]; readonly signal: AbortSignal; go(error?: Error): void }[] = [];
  const read: Read = (all, signal) => {
    const done = Promise.withResolvers<readonly Found[]>();
    calls.push({
      entities: all.map(({ entity }) => entity),
      signal,
      go: (error) => (error ? done.reject(error) : done.resolve(all.map(({ entity }, n) => found(n, entity)))),
    });
    return done.promise;
  };
  return { calls, read };
}
/** Lets everything that is ready happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe(joinReads, () => {
  it('joins what comes while two statements are under way, and gives each caller its own part', async () => {
    const { calls, read } = slowRead();
    const joined = joinReads(read);
    const answers = [['a'], ['b'], ['c', 'd'], ['e']].map((entities) => joined(entities.map(wanted), never()));
    expect(calls.map(({ entities }) => entities)).toEqual([['a'], ['b']]);
    calls[0]?.go();
    await settle();
    expect(calls[2]?.entities).toEqual(['c', 'd', 'e']);
    calls[1]?.go();
    calls[2]?.go();
    expect(await Promise.all(answers)).toEqual([[found(0, 'a')], [found(0, 'b')], [found(0, 'c'), found(1, 'd')], [found(0, 'e')]]);
  });

  it('tells a failure to all whose statement it was, and goes on', async () => {
    const { calls, read } = slowRead();
    const joined = joinReads(read);
    const failing = joined([wanted('a')], never());
    calls[0]?.go(new Error('down'));
    await expect(failing).rejects.toThrow('down');
    const next = joined([wanted('b')], never());
    calls[1]?.go();
    expect(await next).toEqual([found(0, 'b')]);
  });

  it('lets one caller give up without taking anything from the others', async () => {
    const { calls, read } = slowRead();
    const joined = joinReads(read);
    const busy = [joined([wanted('a')], never()), joined([wanted('b')], never())];
    const abort = new AbortController();
    const gone = joined([wanted('c')], abort.signal);
    const stays = joined([wanted('d')], never());
    abort.abort();
    await expect(gone).rejects.toBe(abort.signal.reason);
    calls[0]?.go();
    calls[1]?.go();
    await Promise.all(busy);
    expect(calls[2]?.entities).toEqual(['d']);
    calls[2]?.go();
    expect(await stays).toEqual([found(0, 'd')]);
  });

  it('hands the signal of a caller who is alone to the database', () => {
    const { calls, read } = slowRead();
    const abort = new AbortController();
    joinReads(read)([wanted('a')], abort.signal).catch(() => undefined);
    abort.abort();
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  it('does not join more than one statement should take', async () => {
    const { calls, read } = slowRead();
    const joined = joinReads(read);
    const many = Array.from({ length: 3_000 }, (_, i) => wanted(String(i)));
    const answers = [joined([wanted('a')], never()), joined([wanted('b')], never()), joined(many, never()), joined(many, never())];
    for (let i = 0; i < 4; i++) {
      calls[i]?.go();
      await settle();
    }
    expect(calls.map(({ entities }) => entities.length)).toEqual([1, 1, 3_000, 3_000]);
    await Promise.all(answers);
  });
});
