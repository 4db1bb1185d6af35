import { Injectable, Logger } from '@nestjs/common';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemActor } from '../../auth/actor.js';
import { Audit } from '../../audit/audit.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { PluginStore } from './plugin-store.js';

const file = /^disabled-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/** Applies what `crisol plugin disable` wrote while no server ran: files in the data folder, one for each plugin. */
@Injectable()
export class OfflineDisables {
  private readonly folder: string;
  private readonly log = new Logger('Plugins');

  constructor(
    config: Config,
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly store: PluginStore,
  ) {
    this.folder = join(config.dataFolder, 'plugins');
  }

  /** To be called before any plugin is brought up. */
  async apply(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.folder)) {
      const id = file.exec(name)?.[1];
      if (id === undefined || id.length > 64) continue;
      await this.disable(id);
      await rm(join(this.folder, name), { force: true });
      this.log.warn(`Plugin ${id} was disabled while the server was down.`);
    }
  }

  private async disable(id: string): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await this.store.lockOrMake(em, id, 'unknown', false);
      row.enabled = false;
      row.generation++;
      row.revision++;
      await this.store.changeState(em, row, { state: 'disabled', code: null, message: null });
      await this.store.note(em, id, { type: 'disabled', message: 'On the machine, while the server was down', version: row.version });
      await this.audit.record(em, systemActor, {
        action: 'plugin.disabled',
        target: { kind: 'plugin', id, name: id },
        change: { whileDown: true },
      });
      await this.store.announce(em, row);
    });
  }
}
