const STEPS_PER_DOUBLING = 4;
const SMALLEST_MS = 0.001;
const BUCKETS = 128;
const MINUTE_MS = 60_000;

/** Calls of one plugin in one minute of this process. */
export interface CallMinute {
  /** Milliseconds since 1970, the start of the minute. */
  readonly minute: number;
  calls: number;
  errors: number;
  /** Calls by duration, on a scale of four buckets for each doubling from 1 µs: what processes counted can be added up. */
  readonly buckets: Uint32Array;
  /** Whether something came since it was written. */
  isDirty: boolean;
}

/** Counts calls by minute until somebody has written them down. */
export class CallMinutes {
  private readonly plugins = new Map<string, CallMinute[]>();

  record(pluginId: string, now: number, durationMs: number, isError: boolean): void {
    const start = now - (now % MINUTE_MS);
    let minutes = this.plugins.get(pluginId);
    if (!minutes) this.plugins.set(pluginId, (minutes = []));
    let last = minutes.at(-1);
    if (last?.minute !== start) {
      last = { minute: start, calls: 0, errors: 0, buckets: new Uint32Array(BUCKETS), isDirty: true };
      minutes.push(last);
    }
    const bucket = bucketOf(durationMs);
    last.calls++;
    last.buckets[bucket] = (last.buckets[bucket] ?? 0) + 1;
    if (isError) last.errors++;
    last.isDirty = true;
  }

  /** What was not written yet. The minute that still runs is given again when it has grown. */
  take(now: number): { pluginId: string; minute: CallMinute }[] {
    const running = now - (now % MINUTE_MS);
    const taken: { pluginId: string; minute: CallMinute }[] = [];
    for (const [pluginId, minutes] of this.plugins) {
      for (const minute of minutes) if (minute.isDirty) taken.push({ pluginId, minute });
      this.plugins.set(
        pluginId,
        minutes.filter(({ minute }) => minute >= running),
      );
    }
    for (const { minute } of taken) minute.isDirty = false;
    return taken;
  }
}

function bucketOf(durationMs: number): number {
  const steps = Math.round(Math.log2(Math.max(durationMs, SMALLEST_MS) / SMALLEST_MS) * STEPS_PER_DOUBLING);
  return Math.min(BUCKETS - 1, Math.max(0, steps));
}

/** A quantile of durations out of buckets, in milliseconds; within a tenth of its value. Null when there are none. */
export function quantileMs(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...buckets.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= wanted) return Number((SMALLEST_MS * 2 ** (bucket / STEPS_PER_DOUBLING)).toPrecision(3));
  }
  return null;
}
