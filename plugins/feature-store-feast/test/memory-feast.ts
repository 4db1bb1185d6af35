import { PluginError, type HttpAnswer, type HttpOptions, type PluginHttpClient } from '@crisol/plugin-api';
import { z } from 'zod';
import { answerOf } from './recorded-feast.js';

const Ask = z.object({ features: z.array(z.string()), entities: z.record(z.string(), z.array(z.unknown())) });
const Write = z.object({ feature_view_name: z.string(), df: z.record(z.string(), z.array(z.unknown())) });

/**
 * A Feast server in memory with one view `driver` (key `driver_id`), as the recordings say that it behaves: columns, PRESENT for
 * nulls, no age, times in whole seconds, and whatever was written last, even when it is older.
 */
export class MemoryFeast implements PluginHttpClient {
  private readonly rows = new Map<string, { readonly at: string; readonly values: Record<string, unknown> }>();
  readonly requests: { readonly path: string; readonly body: string }[] = [];

  isDown = false;

  async request(_method: string, url: string, options: HttpOptions = {}): Promise<HttpAnswer> {
    options.signal?.throwIfAborted();
    if (this.isDown) throw new PluginError('retry', 'The host could not be reached.');
    const path = new URL(url).pathname;
    const body = String(options.body);
    this.requests.push({ path, body });
    if (path === '/health') return answerOf(200, '');
    return path === '/write-to-online-store' ? this.write(Write.parse(JSON.parse(body))) : this.read(Ask.parse(JSON.parse(body)));
  }

  private write({ df }: z.infer<typeof Write>): HttpAnswer {
    for (const [i, id] of (df['driver_id'] ?? []).entries()) {
      const values = Object.fromEntries(Object.entries(df).map(([name, column]) => [name, column[i]]));
      this.rows.set(String(id), { at: String(df['event_timestamp']?.[i]).replace(/\.\d+Z$/, 'Z'), values });
    }
    return answerOf(200, 'null');
  }

  private read({ features, entities }: z.infer<typeof Ask>): HttpAnswer {
    const ids = (entities['driver_id'] ?? []).map(String);
    const epoch = '1970-01-01T00:00:00Z';
    const keys = { values: ids.map(Number), statuses: ids.map(() => 'PRESENT'), event_timestamps: ids.map(() => epoch) };
    const columns = features.map((feature) => {
      const found = ids.map((id) => this.rows.get(id));
      return {
        values: found.map((row) => row?.values[feature.slice(feature.indexOf(':') + 1)] ?? null),
        statuses: found.map((row) => (row ? 'PRESENT' : 'NOT_FOUND')),
        event_timestamps: found.map((row) => row?.at ?? epoch),
      };
    });
    const names = ['driver_id', ...features.map((feature) => feature.replace(':', '__'))];
    const text = JSON.stringify({ results: [keys, ...columns], metadata: { feature_names: names } });
    // The host reads no more of an answer.
    if (text.length > 65_536) throw new PluginError('rejected', 'The answer is larger than 65536 bytes.');
    return answerOf(200, text);
  }
}
