import type { PluginPermissionChange, PluginPermissions } from '@crisol/contracts';
import { count } from '../../shared/i18n/format';
import { t, type MessageKey } from '../../shared/i18n/messages';

/** One line of what a plugin may do, and what of it is other than before. */
export interface PermissionRow {
  readonly name: string;
  readonly label: MessageKey;
  readonly value: string;
  readonly granted: boolean;
  /** What it may do from now on. */
  readonly added: readonly string[];
  /** What it may no longer do. */
  readonly removed: readonly string[];
  /** The former amount of memory or processors. */
  readonly before: string | null;
  readonly widened: boolean;
}

const lists = { hosts: 'plugins.anyHost', secrets: 'plugins.anySecret', datasets: 'plugins.anyDataset' } as const;
const switches = { commands: 'plugins.commandsYes', database: 'plugins.databaseYes' } as const;
const amounts = { memoryMb: 'plugins.memory', cpus: 'plugins.cpus' } as const;
const amountText = { memoryMb: (value: number) => `${count(value)} MiB`, cpus: (value: number) => count(value) };
const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] => Object.keys(record) as Key[]; // Object.keys forgets the keys' type.

/** Permissions in words. `changes` are those of an update: of a plugin that is new everything is, which says nothing. */
export function permissionRows(permissions: PluginPermissions, changes: readonly PluginPermissionChange[] = []): PermissionRow[] {
  const changeOf = (name: string) => changes.find((change) => change.permission === name);
  const widened = (name: string) => changeOf(name)?.widened ?? false;
  return [
    ...keysOf(lists).map((name): PermissionRow => {
      const words = (entries: readonly string[] = []) => entries.map((entry) => (entry === '*' ? t(lists[name]) : entry));
      return {
        name,
        label: `plugins.${name}`,
        value: words(permissions[name]).join(', ') || t('plugins.nothing'),
        granted: permissions[name].length > 0,
        added: words(changeOf(name)?.added),
        removed: words(changeOf(name)?.removed),
        before: null,
        widened: widened(name),
      };
    }),
    ...keysOf(switches).map((name): PermissionRow => ({
      name,
      label: `plugins.${name}`,
      value: t(permissions[name] ? switches[name] : 'plugins.nothing'),
      granted: permissions[name],
      added: changeOf(name)?.added.length ? [t('plugins.newly')] : [],
      removed: changeOf(name)?.removed.length ? [t('plugins.noLonger')] : [],
      before: null,
      widened: widened(name),
    })),
    ...keysOf(amounts).map((name): PermissionRow => {
      const former = changeOf(name)?.removed[0];
      return {
        name,
        label: amounts[name],
        value: amountText[name](permissions[name]),
        granted: true,
        added: [],
        removed: [],
        before: former === undefined ? null : amountText[name](Number(former)),
        widened: widened(name),
      };
    }),
  ];
}
