export interface Point {
  readonly name: string;
  readonly step: number | bigint;
  readonly value: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number | bigint;
}

/** Points of one call, for one run. */
export interface RunPoints {
  readonly runId: string;
  readonly points: readonly Point[];
}
