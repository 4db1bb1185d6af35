/** Health of one plugin in this process. */
export type Health = 'healthy' | 'degraded' | 'quarantined';

const WINDOW_MS = 60_000;
const FAILURES = 5;
const FIRST_COOL_DOWN_MS = 60_000;
const LONGEST_COOL_DOWN_MS = 3_600_000;

/**
 * Counts faults. Five in 60 s degrade the plugin; five more within 60 s quarantine it for a cool-down that doubles each
 * time, up to one hour. After the cool-down it is on trial: one more fault quarantines it again, a success heals it.
 */
export class Breaker {
  private faults: number[] = [];
  private state: Health = 'healthy';
  private coolDownMs = FIRST_COOL_DOWN_MS;
  private endsAt = 0;
  private onTrial = false;

  get health(): Health {
    return this.state;
  }
  /** When the quarantine ends, in milliseconds since 1970. */
  get quarantinedUntil(): number {
    return this.endsAt;
  }

  failed(now: number): Health {
    if (this.state === 'quarantined') return this.state;
    this.faults = [...this.faults.filter((at) => now - at < WINDOW_MS), now];
    if (this.onTrial) return this.quarantine(now);
    if (this.faults.length < FAILURES) return this.state;
    if (this.state === 'degraded') return this.quarantine(now);
    this.faults = [];
    this.state = 'degraded';
    this.endsAt = now + WINDOW_MS;
    return this.state;
  }

  succeeded(now: number): Health {
    if (this.state !== 'degraded') return this.state;
    // A degraded plugin heals after a quiet minute, one on trial at once.
    if (this.onTrial || now >= this.endsAt) {
      if (this.onTrial) this.coolDownMs = FIRST_COOL_DOWN_MS;
      this.state = 'healthy';
      this.onTrial = false;
      this.faults = [];
    }
    return this.state;
  }

  /** Ends a quarantine whose time is over and puts the plugin on trial. */
  retry(now: number): Health {
    if (this.state === 'quarantined' && now >= this.endsAt) {
      this.state = 'degraded';
      this.onTrial = true;
      this.faults = [];
    }
    return this.state;
  }

  private quarantine(now: number): Health {
    this.state = 'quarantined';
    this.onTrial = false;
    this.endsAt = now + this.coolDownMs;
    this.coolDownMs = Math.min(this.coolDownMs * 2, LONGEST_COOL_DOWN_MS);
    return this.state;
  }
}
