// The built server as a process of its own (the runtime of models does not go together with Jest), with a way to
// register model files: `node serving-process.mjs '{"databaseUrl":…,"dataFolder":…}'`, then messages.
import { CreateApiKey } from '@crisol/contracts';
import { createApp } from '../../../dist/app.factory.js';
import { systemActor } from '../../../dist/platform/auth/actor.js';
import { KeysService } from '../../../dist/platform/auth/keys/keys.service.js';
import { loadConfig } from '../../../dist/platform/config/load-config.js';
import { Database } from '../../../dist/platform/database/database.js';
import { ObjectStorage } from '../../../dist/platform/storage/object-storage.port.js';
import { AliasesService } from '../../../dist/registry/aliases/aliases.service.js';
import { ModelsService } from '../../../dist/registry/models/models.service.js';
import { ServableVersions } from '../../../dist/registry/servable-versions.js';
import { VersionsService } from '../../../dist/registry/versions/versions.service.js';
import { VersionPool } from '../../../dist/serving/lanes/version-pool.js';

const { databaseUrl, dataFolder, pluginsFile } = JSON.parse(process.argv[2]);
const running = await createApp(
  loadConfig({
    role: 'all',
    environment: {},
    file: null,
    overrides: {
      port: 0,
      data: dataFolder,
      databaseUrl,
      ...(pluginsFile && { pluginsFile }),
      logLevel: 'error',
      requestsPerMinute: 1_000_000,
    },
  }),
);
const { app } = running;
const part = (type) => app.get(type, { strict: false });

const commands = {
  async register({ model, file, signature }) {
    const stored = await part(ObjectStorage).put('models', Buffer.from(file, 'base64'));
    return part(Database).transaction((em) =>
      part(VersionsService).register(em, systemActor, {
        model,
        signature,
        objectKey: stored.key,
        sizeBytes: stored.sizeBytes,
        sha256: stored.sha256,
        metrics: {},
        params: {},
        modelType: 'by-hand',
        datasetVersion: null,
        importance: [],
        runId: null,
      }),
    );
  },
  async alias({ model, alias, version }) {
    await part(Database).transaction(async (em) => {
      const { id } = await part(ModelsService).find(em, model);
      await part(AliasesService).move(em, systemActor, id, alias, version, '', 'any');
    });
    return null;
  },
  /** Loses the file that a version serves from, as a broken disk would. */
  async loseFile({ model, version }) {
    const { file } = await part(Database).read((em) => part(ServableVersions).find(em, model, { version }));
    await part(ObjectStorage).delete(file.key);
    return null;
  },
  async key(body) {
    const actor = { ...systemActor, scopes: new Set(body.scopes) };
    const identity = { actor, userId: null, session: null, expiresAt: null, requestsPerMinute: null, predictionsPerMinute: null };
    return part(KeysService).create(identity, CreateApiKey.parse(body));
  },
  /** Process number of a version's lane, while it has one. */
  async lanePid({ id }) {
    const version = await part(VersionPool).loaded.get(id);
    return version?.lane.pid ?? null;
  },
};

process.on('message', async ({ id, command, input }) => {
  try {
    process.send({ id, value: await commands[command](input) });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
process.on('disconnect', () => running.close().finally(() => process.exit(0)));
process.send({ url: running.url });
