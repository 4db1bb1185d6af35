import type { ModelRecord } from '../../../registry/models/model-records.js';
import type { VersionRecord } from '../../../registry/versions/version-records.js';

/** What has become of admission, in the words of the protocol. A version that serves no more can still be fetched. */
const statuses: Readonly<Record<VersionRecord['state'], string>> = {
  pending: 'PENDING_REGISTRATION',
  admitted: 'READY',
  stored: 'READY',
  quarantined: 'READY',
  refused: 'FAILED_REGISTRATION',
};

/** A version as clients read it; they get its aliases from some calls only. */
export function toVersionAnswer(row: VersionRecord, withAliases: boolean): object {
  const tags = tagsOf(row.tags);
  return {
    name: row.model,
    version: String(row.number),
    creation_timestamp: Number(row.created_ms),
    last_updated_timestamp: Number(row.updated_ms),
    current_stage: row.stage,
    description: row.description,
    source: row.source,
    run_id: row.source_run,
    status: statuses[row.state],
    ...(row.state === 'refused' ? { status_message: row.reasons.map(({ message }) => message).join(' ') || 'Admission refused it.' } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    run_link: row.run_link,
    ...(withAliases && row.aliases.length > 0 ? { aliases: row.aliases } : {}),
  };
}

export function toModelAnswer(row: ModelRecord, latest: readonly VersionRecord[]): object {
  const tags = tagsOf(row.tags);
  return {
    name: row.name,
    creation_timestamp: Number(row.created_ms),
    last_updated_timestamp: Number(row.updated_ms),
    ...(row.description === '' ? {} : { description: row.description }),
    ...(latest.length > 0 ? { latest_versions: latest.map((version) => toVersionAnswer(version, false)) } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(row.aliases.length > 0 ? { aliases: row.aliases.map(({ alias, version }) => ({ alias, version: String(version) })) } : {}),
  };
}

function tagsOf(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
