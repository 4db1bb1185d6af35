import { PluginError, type PluginKeyValue } from '@crisol/plugin-api';
import type { Database } from '../../database/database.js';

const LONGEST_KEY = 512;
const LARGEST_VALUE_BYTES = 65_536;
const MOST_KEYS = 10_000;

/** A plugin's own small store, in the table `plugin_value`. */
export class TableKeyValue implements PluginKeyValue {
  constructor(
    private readonly database: Database,
    private readonly pluginId: string,
    private readonly mostKeys = MOST_KEYS,
  ) {}

  async get(key: string): Promise<unknown> {
    const rows = await this.database.read((em) =>
      em.execute<{ value: unknown }[]>('select value from plugin_value where plugin_id = ? and key = ?', [this.pluginId, key]),
    );
    return rows[0]?.value;
  }

  async set(key: string, value: unknown): Promise<void> {
    // JSON.stringify's own type leaves out that it gives undefined for functions and the like.
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new PluginError('invalid_input', 'A value must be JSON.');
    if (key.length > LONGEST_KEY || Buffer.byteLength(text) > LARGEST_VALUE_BYTES) {
      throw new PluginError('invalid_input', `A key has at most ${LONGEST_KEY} characters, a value ${LARGEST_VALUE_BYTES} bytes.`);
    }
    const written = await this.database.transaction((em) =>
      em.execute<unknown[]>(
        `insert into plugin_value (plugin_id, key, value)
         select ?, ?, ?::jsonb
         where exists (select 1 from plugin_value where plugin_id = ? and key = ?)
            or (select count(*) from (select 1 from plugin_value where plugin_id = ? limit ?) as kept) < ?
         on conflict (plugin_id, key) do update set value = excluded.value
         returning 1 as written`,
        [this.pluginId, key, text, this.pluginId, key, this.pluginId, this.mostKeys, this.mostKeys],
      ),
    );
    if (written.length === 0)
      throw new PluginError('invalid_input', `A plugin keeps at most ${this.mostKeys} values; larger amounts belong into artifacts.`);
  }

  async delete(key: string): Promise<void> {
    await this.database.transaction((em) => em.execute('delete from plugin_value where plugin_id = ? and key = ?', [this.pluginId, key]));
  }
}
