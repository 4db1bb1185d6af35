import { isPluginError, PluginError, type PluginErrorCode } from '@crisol/plugin-api';
import { PluginLoadError } from '../lifecycle/load-plugin.js';
import type { WireError } from './child/child-messages.js';

const mostCharacters = 4_000;
const pluginCodes: readonly PluginErrorCode[] = ['retry', 'rejected', 'invalid_input', 'refused_address', 'unusable_data', 'internal'];
const loadCodes = ['import_failed', 'not_a_plugin', 'wrong_id', 'setup_failed', 'provides_wrong', 'unknown_ref'] as const;

/** Whatever was thrown, ready to cross; anything may be thrown, and its `toString` may throw too. */
export function toWireError(thrown: unknown): WireError {
  const error = thrown instanceof Error ? thrown : new Error(inWords(thrown));
  const common = {
    name: String(error.name).slice(0, 200),
    message: String(error.message).slice(0, mostCharacters),
    stack: String(error.stack ?? '').slice(0, mostCharacters),
  };
  if (isPluginError(error)) {
    const { code, retryAfterSeconds, gone } = error;
    return { kind: 'plugin', code, ...common, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }), ...(gone && { gone }) };
  }
  if (error instanceof PluginLoadError) return { kind: 'load', code: error.code, ...common };
  return { kind: 'fault', code: '', ...common };
}

export function fromWireError(wire: WireError): Error {
  const code = pluginCodes.find((known) => known === wire.code);
  if (wire.kind === 'plugin' && code) {
    const { retryAfterSeconds, gone } = wire;
    return new PluginError(code, wire.message, {
      cause: wire.stack,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(gone && { gone }),
    });
  }
  const loadCode = loadCodes.find((known) => known === wire.code);
  if (wire.kind === 'load' && loadCode) return new PluginLoadError(loadCode, wire.message, wire.stack);
  const fault = new Error(wire.message);
  fault.name = wire.name;
  fault.stack = wire.stack;
  return fault;
}

function inWords(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something without words';
  }
}
