import { isPluginError, type PluginErrorCode } from '@crisol/plugin-api';
import type { ErrorCode } from '@crisol/contracts';
import { problem, ProblemError } from '../../http/problem.js';

const codes: Readonly<Record<PluginErrorCode, ErrorCode>> = {
  retry: 'plugin_call_failed',
  rejected: 'plugin_call_failed',
  internal: 'plugin_call_failed',
  invalid_input: 'validation_failed',
  refused_address: 'address_refused',
  unusable_data: 'training_data_unusable',
};

/** What a plugin threw, as a problem for the caller; the thrown value stays as `cause`. Problems of the host pass through. */
export function mapPluginError(pluginId: string, operation: string, thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (!isPluginError(thrown)) {
    return problem('plugin_call_failed', { detail: `Plugin ${pluginId} failed at ${operation}; its log says more.`, cause: thrown });
  }
  return problem(codes[thrown.code], {
    detail: thrown.message,
    retryAfterSeconds: thrown.retryAfterSeconds,
    cause: thrown,
  });
}

/** Whether a failure speaks against the plugin itself, and not against its caller or the other side. */
export function isFault(thrown: unknown): boolean {
  if (thrown instanceof ProblemError) return false;
  return !isPluginError(thrown) || thrown.code === 'internal';
}
