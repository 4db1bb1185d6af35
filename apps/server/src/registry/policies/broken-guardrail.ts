import type { Guardrail } from '@crisol/contracts';
import type { AliasFigures } from '../aliases/alias-traffic.js';

/** Why the traffic breaks the guardrail, in words; null while it keeps to it or says nothing yet. */
export function broken(guardrail: Guardrail, figures: Pick<AliasFigures, 'requests' | 'errors' | 'p95Ms'>): string | null {
  const { maxErrorShare, maxP95Ms, minRequests } = guardrail;
  const { requests, errors, p95Ms } = figures;
  if (requests < minRequests) return null;
  if (maxErrorShare !== null && errors / requests > maxErrorShare)
    return `${percent(errors / requests)} of ${requests} requests failed, more than ${percent(maxErrorShare)}`;
  if (maxP95Ms !== null && p95Ms !== null && p95Ms > maxP95Ms)
    return `95 % of ${requests} requests took up to ${p95Ms.toPrecision(3)} ms, more than ${maxP95Ms} ms`;
  return null;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
