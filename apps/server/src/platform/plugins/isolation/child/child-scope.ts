import {
  PluginError,
  type ArtifactInfo,
  type CommandResult,
  type DatasetInfo,
  type HttpAnswer,
  type PluginLogger,
  type Table,
} from '@crisol/plugin-api';
import { BackgroundTasks } from '../../scope/background-tasks.js';
import type { ScopeParts } from '../../scope/plugin-scope.js';
import { declaredSecrets } from '../../scope/plugin-secrets.js';
import type { HostCaller } from './host-caller.js';

/** The refs inside a plugin's own process: the host does what each one asks for, if the plugin may. */
export function childScope(
  host: HostCaller,
  secrets: readonly string[],
  settings: Readonly<Record<string, unknown>>,
): { readonly parts: ScopeParts; readonly background: BackgroundTasks } {
  const background = new BackgroundTasks((task, error) => host.fault(new Error(`${task}: ${String(error)}`)));
  // The host answers with what each service's own type says; only the plugin's side is not trusted.
  const ask = async <T>(of: string, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<T> =>
    (await host.ask(0, of, method, args, signal)) as T;
  const log =
    (level: keyof PluginLogger): PluginLogger['info'] =>
    (message, fields) =>
      host.tell(0, 'log', level, [String(message).slice(0, 8_000), fields ?? {}]);
  const parts: ScopeParts = {
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    http: {
      request: async (method, url, { signal, ...options } = {}) =>
        new CrossedAnswer(await ask<AnswerFields>('http', 'request', [method, url, options], signal)),
    },
    keyValue: {
      get: (key, signal) => ask('keyValue', 'get', [key], signal),
      set: async (key, value, signal) => ask('keyValue', 'set', [key, value], signal),
      delete: (key, signal) => ask('keyValue', 'delete', [key], signal),
    },
    metrics: {
      count: (name, by = 1) => host.tell(0, 'metrics', 'count', [name, by]),
      observe: (name, seconds) => host.tell(0, 'metrics', 'observe', [name, seconds]),
    },
    secrets: declaredSecrets(secrets, settings),
    artifacts: {
      put: (name, bytes, signal) => ask('artifacts', 'put', [name, bytes], signal),
      get: (name, signal) => ask<Uint8Array | undefined>('artifacts', 'get', [name], signal),
      list: (prefix, signal) => ask<readonly ArtifactInfo[]>('artifacts', 'list', [prefix], signal),
      delete: (name, signal) => ask('artifacts', 'delete', [name], signal),
    },
    datasets: {
      list: (signal) => ask<readonly DatasetInfo[]>('datasets', 'list', [], signal),
      read: (dataset, options, signal) => ask<Table>('datasets', 'read', [dataset, options], signal),
    },
    commands: {
      run: async ({ signal, onLine, ...request }) =>
        // As above.
        (await host.ask(0, 'commands', 'run', [request], signal, onLine)) as CommandResult,
    },
    database: {
      query: () =>
        Promise.reject(new PluginError('rejected', 'A schema of its own is for plugins that run in process; this one runs isolated.')),
    },
    background,
  };
  return { parts, background };
}

type AnswerFields = Pick<HttpAnswer, 'status' | 'headers' | 'body'>;

class CrossedAnswer implements HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;

  constructor({ status, headers, body }: AnswerFields) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
  text(): string {
    return new TextDecoder().decode(this.body);
  }
  json(): unknown {
    return JSON.parse(this.text());
  }
}
