import { formatId, parseId } from '@crisol/contracts';

const mlflowForm = /^[0-9a-f]{32}$/;

/** The id of a run here, from either form of it; undefined for what cannot be a run's id. */
export function runIdOf(text: string): string | undefined {
  if (mlflowForm.test(text)) return formatId('run', text);
  return parseId('run', text) === undefined ? undefined : text;
}

/** A run's id as MLflow's clients know it: the same 128 bits in 32 hex digits. */
export function mlflowIdOf(runId: string): string {
  return parseId('run', runId)?.replaceAll('-', '') ?? runId;
}
