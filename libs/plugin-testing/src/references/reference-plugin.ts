import {
  Background,
  Clock,
  definePlugin,
  HttpClient,
  PluginError,
  type Plugin,
  type PluginClock,
  type PluginHttpClient,
  type PluginLogger,
  Logger,
  type PluginManifest,
  type Provided,
} from '@crisol/plugin-api';
import { z } from 'zod';
import type { PluginSubject } from '../kits/common.js';
import { permissions } from '../permissions.js';

/** Changes an implementation, to break it. */
export type Change<T> = (reference: T) => T;
export interface ReferenceRefs {
  readonly http: PluginHttpClient;
  readonly clock: PluginClock;
  readonly log: PluginLogger;
}

const Settings = z
  .strictObject({
    health: z
      .url()
      .default('https://service.example.com/health')
      .meta({ examples: ['https://other.example.com/health'] }),
  })
  .meta({ examples: [{ health: 'https://other.example.com/health' }] });

/** A plugin of one kind around its implementation: it checks by HTTP, refreshes in the background and ends what it began. */
export function referenceSubject(kind: PluginManifest['kinds'][number], provide: (refs: ReferenceRefs) => Provided): PluginSubject {
  const id = `reference-${kind}`;
  return {
    plugin: referencePlugin(id, provide),
    manifest: { id, kinds: [kind], api: '^1.1', permissions: permissions({ hosts: ['*'] }) },
    healthy: { prepare: ({ http }) => void (http.answer = { status: 200 }) },
    broken: { prepare: ({ http }) => void (http.answer = 'unreachable') },
  };
}

function referencePlugin(id: string, provide: (refs: ReferenceRefs) => Provided): Plugin {
  return definePlugin({
    id,
    settings: Settings,
    uses: { http: HttpClient, clock: Clock, log: Logger, background: Background },
    setup: ({ settings, http, clock, log, background }) => {
      background.run('refresh', (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })));
      return {
        ...provide({ http, clock, log }),
        async check(signal) {
          const { status } = await http.request('GET', settings.health, { signal });
          if (status >= 400) throw new PluginError('retry', `It answered ${status}.`);
          return { message: `It answered ${status}.` };
        },
        dispose: () => undefined,
      };
    },
  });
}
