/** A value and when it was asked for. */
interface Entry<Value> {
  value: Value;
  loadedAt: number;
  pending: Promise<void> | null;
}

export interface FreshCacheOptions<Value> {
  readonly load: (key: string) => Promise<Value>;
  readonly now: () => number;
  /** Past this age a value is asked for again, and callers wait for it. Half of it starts a look in the background. */
  readonly maxAgeMs: number;
  /** How long a value may be used when the source itself does not answer: nobody can change it meanwhile either. */
  readonly outageMs: number;
  readonly maxEntries: number;
}

/**
 * Keeps values that may change at any moment no longer than `maxAgeMs`, without making busy callers wait: a value in use is
 * renewed in the background, once at a time.
 */
export class FreshCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly loading = new Map<string, Promise<Value>>();
  private generation = 0;

  constructor(private readonly options: FreshCacheOptions<Value>) {}

  async get(key: string): Promise<Value> {
    const entry = this.entries.get(key);
    if (!entry) return this.load(key);
    const { now, maxAgeMs, outageMs } = this.options;
    const age = now() - entry.loadedAt;
    if (age < maxAgeMs / 2) return entry.value;
    entry.pending ??= this.renew(key, entry);
    if (age < maxAgeMs) {
      // A failure shows at the latest when the value is too old; until then it is still good.
      entry.pending.catch(() => undefined);
      return entry.value;
    }
    try {
      await entry.pending;
    } catch (error) {
      if (now() - entry.loadedAt > outageMs) throw error;
      return entry.value;
    }
    return this.entries.get(key)?.value ?? this.load(key);
  }

  /** Forgets the values for which `test` says yes. A look that is under way does not bring an old one back. */
  forget(test: (value: Value, key: string) => boolean): void {
    this.generation++;
    for (const [key, { value }] of this.entries) if (test(value, key)) this.entries.delete(key);
    this.loading.clear();
  }

  private async renew(key: string, entry: Entry<Value>): Promise<void> {
    try {
      await this.load(key);
    } finally {
      entry.pending = null;
    }
  }

  private load(key: string): Promise<Value> {
    const running = this.loading.get(key);
    if (running) return running;
    const startedAt = this.options.now();
    const generation = this.generation;
    const loading = this.options
      .load(key)
      .then((value) => {
        if (generation !== this.generation) return this.load(key);
        this.entries.delete(key);
        this.entries.set(key, { value, loadedAt: startedAt, pending: null });
        if (this.entries.size > this.options.maxEntries) {
          const oldest = this.entries.keys().next();
          if (!oldest.done) this.entries.delete(oldest.value);
        }
        return value;
      })
      .finally(() => {
        if (this.loading.get(key) === loading) this.loading.delete(key);
      });
    this.loading.set(key, loading);
    return loading;
  }
}
