import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { Statements } from '../../platform/database/statements.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { versionFolder } from './version-files.js';
import type { VersionRecord } from './version-records.js';

/** Single files of a version, as they were when it was registered. */
@Injectable()
export class VersionContents {
  constructor(
    private readonly statements: Statements,
    private readonly storage: ObjectStorage,
  ) {}

  async open(
    version: Pick<VersionRecord, 'model_id' | 'number'>,
    path: string,
  ): Promise<{ stream: Readable; sizeBytes: number; sha256: string } | undefined> {
    const [row] = await this.statements.run<{ object_key: string; size_bytes: string; sha256: string }>(
      { text: 'select object_key, size_bytes, sha256 from artifact_file where path = $1' },
      [`${versionFolder(version.model_id, version.number)}/${path}`],
    );
    if (!row) return undefined;
    return { stream: await this.storage.read(row.object_key), sizeBytes: Number(row.size_bytes), sha256: row.sha256 };
  }
}
