import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { ServableVersions, type ServableVersion } from '../../registry/servable-versions.js';
import { InstanceEncoder } from '../predict/instance-encoder.js';
import { ServingMetrics } from '../stats/serving-metrics.js';
import { InlineLane } from './inline-lane.js';
import { IsolatedLane } from './isolated-lane.js';
import type { Lane } from './lane.js';

/** A version that is loaded, warmed and ready to answer. */
export interface LoadedVersion {
  readonly facts: ServableVersion;
  readonly encoder: InstanceEncoder;
  readonly lane: Lane;
}

/** Versions that nobody routes to stay loaded for this long: a roll-back or a test call finds them warm. */
const idleMs = 5 * 60_000;

/** The loaded versions of this process, each once, however many endpoints name it. */
@Injectable()
export class VersionPool implements OnApplicationShutdown {
  private readonly log = new Logger('Serving');
  private readonly loaded = new Map<string, Promise<LoadedVersion>>();
  private readonly lastUse = new Map<string, number>();
  private scratch: Promise<string> | undefined;

  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly versions: ServableVersions,
    private readonly metrics: ServingMetrics,
  ) {}

  /**
   * The loaded version; loads and warms it when it is not.
   * @throws `version_not_admitted`, `version_quarantined`
   */
  async get(facts: ServableVersion): Promise<LoadedVersion> {
    this.lastUse.set(facts.id, Date.now());
    const known = this.loaded.get(facts.id);
    if (known) return known;
    const opening = this.open(facts);
    this.loaded.set(facts.id, opening);
    opening.catch(() => this.loaded.delete(facts.id));
    return opening;
  }

  /** Ends what is neither in `keep` nor was used lately. */
  async trim(keep: ReadonlySet<string>): Promise<void> {
    const now = Date.now();
    for (const [id, loading] of this.loaded) {
      if (keep.has(id) || now - (this.lastUse.get(id) ?? 0) < idleMs) continue;
      this.loaded.delete(id);
      this.lastUse.delete(id);
      const version = await loading.catch(() => undefined);
      await version?.lane.close();
    }
  }

  async drop(id: string): Promise<void> {
    const loading = this.loaded.get(id);
    this.loaded.delete(id);
    const version = await loading?.catch(() => undefined);
    await version?.lane.close();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const id of [...this.loaded.keys()]) await this.drop(id);
  }

  private async open(facts: ServableVersion): Promise<LoadedVersion> {
    if (facts.state === 'quarantined')
      throw problem('version_quarantined', { detail: `${facts.model} v${facts.version} is quarantined.`, retryAfterSeconds: 60 });
    if (facts.state !== 'admitted' || !facts.file) {
      throw problem('version_not_admitted', {
        detail: `${facts.model} v${facts.version} is ${facts.state}; only an admitted version serves.`,
      });
    }
    const path = await this.storage.localPath(facts.file.key);
    const bytes = await readFile(path);
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest !== facts.file.sha256) throw new Error(`The file of ${facts.id} does not have the digest that was admitted.`);
    const { binding, chunkRows } = facts.file;
    const lane =
      facts.lane === 'inline'
        ? await InlineLane.open(bytes, binding.outputs, chunkRows)
        : await IsolatedLane.open({
            path,
            outputs: binding.outputs,
            chunkRows,
            folder: await this.folder(),
            onCrash: (reason) => {
              this.metrics.laneRestarts.inc({ lane: 'isolated', reason: /SIGKILL/.test(reason) ? 'killed' : 'crashed' });
              this.log.warn(`The process of ${facts.model} v${facts.version} ended: ${reason}`);
            },
            onQuarantine: (reason) => void this.quarantine(facts, reason),
          });
    const encoder = new InstanceEncoder(facts.signature, binding.inputs);
    const version: LoadedVersion = { facts, encoder, lane };
    await this.warm(version);
    return version;
  }

  /** One row of missing values through the whole path, so that the first caller does not pay for the first run. */
  private async warm({ facts, encoder, lane }: LoadedVersion): Promise<void> {
    const blank = Object.fromEntries(facts.signature.inputs.map((column) => [column.name, null]));
    const { feeds } = encoder.encode([blank]);
    for (let i = 0; i < 3; i++) await lane.run(feeds, 1);
  }

  private async quarantine(facts: ServableVersion, reason: string): Promise<void> {
    try {
      await this.database.transaction((em) => this.versions.quarantine(em, facts, reason));
    } catch (error) {
      this.log.error({ msg: `The quarantine of ${facts.id} could not be written`, err: error });
    }
  }

  private folder(): Promise<string> {
    this.scratch ??= this.storage.scratch('lanes');
    return this.scratch;
  }
}
