import { PluginError, type PluginKeyValue } from '@crisol/plugin-api';
import type { Database } from '../../database/database.js';

const LONGEST_KEY = 512;
const LARGEST_VALUE_BYTES = 65_536;

/** A plugin's own small store, in the table `plugin_value`. */
export class TableKeyValue implements PluginKeyValue {
  constructor(
    private readonly database: Database,
    private readonly pluginId: string,
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
    await this.database.transaction((em) =>
      em.execute(
        `insert into plugin_value (plugin_id, key, value) values (?, ?, ?::jsonb)
         on conflict (plugin_id, key) do update set value = excluded.value`,
        [this.pluginId, key, text],
      ),
    );
  }

  async delete(key: string): Promise<void> {
    await this.database.transaction((em) => em.execute('delete from plugin_value where plugin_id = ? and key = ?', [this.pluginId, key]));
  }
}
