/** One entity of one view, and the features to read of it. */
export interface Wanted {
  readonly view: string;
  readonly entity: string;
  readonly features: readonly string[];
  readonly at?: number;
}
/** A value that was found; `n` is the position of what was wanted. */
export interface Found {
  readonly n: number;
  readonly feature: string;
  readonly value: string | null;
  readonly at: number;
}
/** Reads all at once, in one statement. */
export type Read = (wanted: readonly Wanted[], signal: AbortSignal) => Promise<readonly Found[]>;

interface Waiting {
  readonly wanted: readonly Wanted[];
  readonly signal: AbortSignal;
  readonly answer: PromiseWithResolvers<readonly Found[]>;
}

/** Statements under way at once; one fewer than the connections that a plugin has. */
const TOGETHER = 2;
/** Entities of one statement: far inside its 10 s, and a few megabytes of JSON at most. */
const MOST = 4_000;

/**
 * Joins the reads that come while others are under way into one statement. Predictions come one row at a time and many at
 * once, and the way to the database and back costs far more than one more row.
 */
export function joinReads(read: Read): Read {
  let waiting: Waiting[] = [];
  let running = 0;

  function next(): void {
    while (running < TOGETHER && waiting.length > 0) {
      const batch: Waiting[] = [];
      let size = 0;
      for (const one of waiting) {
        if (batch.length > 0 && size + one.wanted.length > MOST) break;
        batch.push(one);
        size += one.wanted.length;
      }
      waiting = waiting.slice(batch.length);
      running++;
      void answer(batch).finally(() => {
        running--;
        next();
      });
    }
  }

  async function answer(asked: readonly Waiting[]): Promise<void> {
    const batch = asked.filter(({ signal }) => !signal.aborted);
    const [first] = batch;
    if (!first) return;
    try {
      // One that is given up takes nothing from the others; its own caller is gone already.
      const found = await read(
        batch.flatMap(({ wanted }) => wanted),
        batch.length === 1 ? first.signal : new AbortController().signal,
      );
      const parts = batch.map((): Found[] => []);
      const owners = batch.flatMap(({ wanted }, owner) => wanted.map((_, local) => ({ owner, local })));
      for (const { n, ...rest } of found) {
        const place = owners[n];
        if (place) parts[place.owner]?.push({ ...rest, n: place.local });
      }
      for (const [owner, one] of batch.entries()) one.answer.resolve(parts[owner] ?? []);
    } catch (error) {
      for (const one of batch) one.answer.reject(error);
    }
  }

  return async (wanted, signal) => {
    signal.throwIfAborted();
    const one: Waiting = { wanted, signal, answer: Promise.withResolvers() };
    const abort = (): void => one.answer.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    waiting.push(one);
    next();
    try {
      return await one.answer.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  };
}
