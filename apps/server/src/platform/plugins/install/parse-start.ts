import { StartPluginInstall } from '@crisol/contracts';
import { problem } from '../../http/problem.js';
import { toIssues } from '../../http/validation.pipe.js';

/** The JSON body of a start; the route also takes a form, so the pipe does not look at it. */
export function parseStart(body: unknown): StartPluginInstall {
  const parsed = StartPluginInstall.safeParse(body ?? {});
  if (!parsed.success) throw problem('validation_failed', { errors: parsed.error.issues.flatMap(toIssues).slice(0, 100) });
  return parsed.data;
}
