import type { CheckResult, Validation } from '@crisol/contracts';

/** A critical check that fails blocks; a check that could not be run leaves the question open; a warning warns; info only notes. */
export function outcomeOf(results: readonly CheckResult[]): Validation['outcome'] {
  const has = (outcome: CheckResult['outcome'], severity?: string) =>
    results.some((result) => result.outcome === outcome && (severity === undefined || result.check.severity === severity));
  if (has('failed', 'critical')) return 'failed';
  if (has('errored')) return 'errored';
  return has('failed', 'warning') ? 'warned' : 'passed';
}
