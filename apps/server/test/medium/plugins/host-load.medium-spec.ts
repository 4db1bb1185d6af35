import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NotificationMessage, PluginArtifacts } from '@crisol/plugin-api';
import { makeFakes } from '@crisol/plugin-testing';
import { readManifest } from '../../../src/platform/plugins/discovery/read-manifest.js';
import { IsolatedRunner } from '../../../src/platform/plugins/isolation/isolated-runner.js';
import type { PluginInstance } from '../../../src/platform/plugins/lifecycle/plugin-instance.js';
import type { LoadedPlugin } from '../../../src/platform/plugins/lifecycle/plugin-runner.js';
import { BackgroundTasks } from '../../../src/platform/plugins/scope/background-tasks.js';
import { PluginScopes } from '../../../src/platform/plugins/scope/plugin-scopes.js';
import { declaredSecrets } from '../../../src/platform/plugins/scope/plugin-secrets.js';
import { fixture } from './plugin-world.js';

const MiB = 1_048_576;
const message: NotificationMessage = { id: 'dlv_1', type: 'job.finished', at: 5, severity: 'info', title: 'Done', text: '', data: {} };

/** A storage that takes nothing in before it is asked for its list, and counts what it has in hand. */
class SlowArtifacts implements PluginArtifacts {
  heldBytes = 0;
  mostHeldBytes = 0;
  reads = 0;
  mostReads = 0;
  private readonly listed = Promise.withResolvers<void>();

  async put(_name: string, bytes: Uint8Array): Promise<void> {
    this.heldBytes += bytes.byteLength;
    this.mostHeldBytes = Math.max(this.mostHeldBytes, this.heldBytes);
    await this.listed.promise;
    this.heldBytes -= bytes.byteLength;
  }
  async get(): Promise<Uint8Array> {
    this.mostReads = Math.max(this.mostReads, ++this.reads);
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.reads--;
    return new Uint8Array(MiB);
  }
  list(): Promise<readonly never[]> {
    this.listed.resolve();
    return Promise.resolve([]);
  }
  delete(): Promise<void> {
    return Promise.resolve();
  }
}

class SlowScopes extends PluginScopes {
  readonly artifacts = new SlowArtifacts();

  async open() {
    const background = new BackgroundTasks(() => undefined);
    const { log, http, keyValue, metrics, datasets, commands, database } = makeFakes();
    const parts = {
      log,
      http,
      keyValue,
      metrics,
      secrets: declaredSecrets([], {}),
      artifacts: this.artifacts,
      datasets,
      commands,
      database,
      background,
    };
    return { parts, start: () => background.start(), end: () => background.end(), close: () => Promise.resolve() };
  }
}

describe('what an isolated plugin makes the host hold', () => {
  const scopes = new SlowScopes();
  let loaded: LoadedPlugin;
  let instance: PluginInstance;
  beforeAll(async () => {
    const found = await readManifest(fixture('asks-much'));
    if (!found.ok) throw new Error(found.message);
    loaded = await new IsolatedRunner(scopes).load(found.value);
    instance = await loaded.start({}, 1);
  }, 60_000);
  afterAll(async () => {
    await instance.retire();
    await loaded.unload();
  });
  const send = async (target: object) =>
    (await instance.provided.notifiers?.[0]?.send(message, { puts: 0, gets: 0, ...target }, new AbortController().signal))?.reference;

  it('is little for what it sends: the rest is refused, and it may try again', async () => {
    expect(await send({ puts: 24 })).toBe('7 retry');
    expect(scopes.artifacts.mostHeldBytes).toBe(17 * 8 * MiB);
    expect(await send({ puts: 4 })).toBe('0 none');
  }, 60_000);

  it('is little for what it fetches: one waits for the other', async () => {
    expect(await send({ gets: 12 })).toBe('0 none');
    expect(scopes.artifacts.mostReads).toBe(4);
  }, 60_000);
});
