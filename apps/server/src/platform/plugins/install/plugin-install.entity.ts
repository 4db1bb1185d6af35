import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { PluginInstall, PluginInstallProblem, PluginInstallState, PluginSource } from '@crisol/contracts';
import type { PluginManifest } from '@crisol/plugin-api';
import type { PluginRow } from '../plugin.entity.js';
import { permissionChanges } from './permission-changes.js';

/** What was read from a tarball. */
export interface InstallFacts {
  readonly packageName: string;
  readonly version: string;
  readonly sizeBytes: number;
  readonly description: string;
  readonly manifest: PluginManifest;
  readonly readme: string | null;
  readonly files: number;
  readonly dependencies: readonly string[];
  /** The version that it replaced; set once it is installed. */
  readonly previousVersion?: string | null;
}

export const PluginInstallSchema = defineEntity({
  name: 'PluginInstall',
  properties: {
    id: p.text().primary(),
    state: p.text().$type<PluginInstallState>(),
    source: p.json<PluginSource>(),
    createdAt: p.datetime(),
    createdBy: p.text().nullable(),
    expiresAt: p.datetime(),
    pluginId: p.text().nullable(),
    sha512: p.text().nullable(),
    facts: p.json<InstallFacts>().nullable(),
    problems: p.json<PluginInstallProblem[]>(),
    log: p.json<{ at: string; line: string }[]>(),
  },
});
export type PluginInstallRow = InferEntity<typeof PluginInstallSchema>;

/** @param current - the row of the plugin that the package would replace */
export function toPluginInstall(row: PluginInstallRow, current: PluginRow | null): PluginInstall {
  const facts = row.facts ?? null;
  const replaced = current?.installed === true ? current : null;
  const isOpen = row.state === 'staged';
  const changes = facts ? permissionChanges(isOpen ? (replaced?.permissions ?? null) : null, facts.manifest.permissions) : [];
  return {
    id: row.id,
    state: row.state,
    source: row.source,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    expiresAt: row.expiresAt.toISOString(),
    pluginId: row.pluginId ?? null,
    packageName: facts?.packageName ?? null,
    version: facts?.version ?? null,
    previousVersion: (isOpen ? replaced?.version : facts?.previousVersion) ?? null,
    sha512: row.sha512 ?? null,
    sizeBytes: facts?.sizeBytes ?? null,
    description: facts?.description ?? null,
    kinds: facts?.manifest.kinds ?? [],
    apiRange: facts?.manifest.api ?? null,
    readme: facts?.readme ?? null,
    files: facts?.files ?? null,
    dependencies: [...(facts?.dependencies ?? [])],
    permissions: facts?.manifest.permissions ?? null,
    permissionChanges: changes,
    needsConfirmation: isOpen && (replaced === null || changes.some((change) => change.widened)),
    defaultIsolation: replaced?.isolation ?? 'isolated',
    problems: row.problems,
    log: row.log,
  };
}
