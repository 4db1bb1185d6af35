import type { PluginLogger } from '@crisol/plugin-api';

/** Where lines go: the host's logger, or a job's log. */
export interface LogTarget {
  debug(message: unknown): void;
  log(message: unknown): void;
  warn(message: unknown): void;
  error(message: unknown): void;
}

const secretName = /secret|token|password|passwd|api[-_]?key|signing[-_]?key|authorization|cookie|credential/i;
const LONGEST = 4_096;

/** A plugin's logger: one line for each message, fields after it as JSON, secrets hidden by name, at most 4 kB. */
export function pluginLog(target: LogTarget): PluginLogger {
  const line = (message: string, fields: Record<string, unknown> = {}): string => {
    const tail = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields, hideSecrets)}` : '';
    return `${message}${tail}`.slice(0, LONGEST);
  };
  return {
    debug: (message, fields) => target.debug(line(message, fields)),
    info: (message, fields) => target.log(line(message, fields)),
    warn: (message, fields) => target.warn(line(message, fields)),
    error: (message, fields) => target.error(line(message, fields)),
  };
}

function hideSecrets(name: string, value: unknown): unknown {
  if (secretName.test(name)) return '[hidden]';
  return typeof value === 'bigint' ? String(value) : value;
}
