import type { EvidenceKeyList } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Database } from '../../platform/database/database.js';
import { PluginSecrets } from '../../platform/plugins/settings/plugin-secrets.js';
import { EvidenceKeyEntity, type EvidenceKeyRow } from './evidence.entity.js';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** The keys that sign evidence. One is made when it is first needed; another when the master key that sealed it is gone. */
@Injectable()
export class EvidenceKeys {
  private known: SigningKey | undefined;

  constructor(
    private readonly database: Database,
    private readonly secrets: PluginSecrets,
  ) {}

  /** Every key that ever signed, so that old evidence stays verifiable. */
  list(): Promise<EvidenceKeyList> {
    return this.database.read(async (em) => {
      const rows = await em.find(EvidenceKeyEntity, {}, { orderBy: { createdAt: 'desc', id: 'asc' } });
      return { data: rows.map((row) => ({ keyId: row.id, publicKeyPem: row.publicPem, createdAt: row.createdAt.toISOString() })) };
    });
  }

  /** The key to sign with, in a transaction. */
  async signing(em: EntityManager): Promise<SigningKey> {
    if (this.known) return this.known;
    const key = (await this.ours(em)) ?? (await this.makeOnce(em));
    // A key that was made in this transaction is one only after its commit.
    this.database.afterCommit(em, () => (this.known = key));
    return key;
  }

  private async ours(em: EntityManager): Promise<SigningKey | null> {
    const rows = await em.find(EvidenceKeyEntity, {}, { orderBy: { createdAt: 'desc', id: 'asc' } });
    for (const row of rows) {
      const key = this.open(row);
      if (key) return key;
    }
    return null;
  }

  private open(row: EvidenceKeyRow): SigningKey | null {
    const pem = this.secrets.readable(ownerOf(row.id), row.sealed)?.['privateKey'];
    return pem === undefined ? null : { id: row.id, privateKey: createPrivateKey(pem) };
  }

  private async makeOnce(em: EntityManager): Promise<SigningKey> {
    await em.execute(`select pg_advisory_xact_lock(hashtext('crisol.evidence_key'))`);
    const made = await this.ours(em);
    if (made) return made;
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const id = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 16);
    await em.insert(EvidenceKeyEntity, {
      id,
      publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      sealed: this.secrets.seal(ownerOf(id), { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
      createdAt: new Date(),
    });
    return { id, privateKey };
  }
}

function ownerOf(id: string): string {
  return `evidence-key/${id}`;
}
