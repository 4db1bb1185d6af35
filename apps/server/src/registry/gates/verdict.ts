import type { GateFinding, Judgement } from '@crisol/contracts';

/** A critical check that fails shuts the gate; one that could not be run leaves it shut too, since nobody knows. Warnings only report. */
export function verdictOf(findings: readonly GateFinding[]): Judgement['verdict'] {
  const critical = findings.filter(({ check }) => check.severity === 'critical');
  if (critical.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return critical.some(({ outcome }) => outcome === 'errored') ? 'errored' : 'passed';
}
