const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const waitsMs = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 24 * HOUR];

/**
 * Milliseconds until the next attempt; null when there is none and the delivery is dead.
 * @param attempts - attempts made until now
 * @param retryAfterSeconds - what the receiver asked for; a longer wait than planned is honoured, up to a day
 */
export function nextWaitMs(attempts: number, retryAfterSeconds = 0): number | null {
  const planned = waitsMs[attempts - 1];
  return planned === undefined ? null : Math.max(planned, Math.min(retryAfterSeconds * SECOND, 24 * HOUR));
}
