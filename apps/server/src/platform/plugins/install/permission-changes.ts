import type { PluginPermissionChange, PluginPermissions } from '@crisol/contracts';

const lists = ['hosts', 'secrets', 'datasets'] as const;
const switches = ['commands', 'database'] as const;
const sizes = ['memoryMb', 'cpus'] as const;

/**
 * What differs between the permissions that were confirmed and those that a new version asks for. A list is widened by an
 * entry that nothing before covered (`*` covers everything), a switch by being turned on, a size by growing.
 * @param before - null for a plugin that is new: whatever it may do is then a change
 */
export function permissionChanges(before: PluginPermissions | null, after: PluginPermissions): PluginPermissionChange[] {
  const changes: PluginPermissionChange[] = [];
  for (const name of lists) {
    const was = before?.[name] ?? [];
    const added = after[name].filter((entry) => !was.includes(entry));
    const removed = was.filter((entry) => !after[name].includes(entry));
    if (added.length > 0 || removed.length > 0)
      changes.push({ permission: name, added, removed, widened: added.length > 0 && (name === 'secrets' || !was.includes('*')) });
  }
  for (const name of switches) {
    const was = before?.[name] ?? false;
    if (was !== after[name])
      changes.push({ permission: name, added: after[name] ? ['yes'] : [], removed: was ? ['yes'] : [], widened: after[name] });
  }
  for (const name of sizes) {
    const was = before?.[name];
    if (was !== after[name])
      changes.push({
        permission: name,
        added: [String(after[name])],
        removed: was === undefined ? [] : [String(was)],
        widened: after[name] > (was ?? 0),
      });
  }
  return changes;
}

/** Whether two sets of permissions are the same, whatever the order of their lists. */
export function samePermissions(a: PluginPermissions, b: PluginPermissions): boolean {
  return permissionChanges(a, b).length === 0;
}
