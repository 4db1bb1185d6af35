import { describe, expect, it } from '@jest/globals';
import { permissionChanges, samePermissions } from './permission-changes.js';

const none = { hosts: [], secrets: [], datasets: [], commands: false, database: false, memoryMb: 512, cpus: 1 };

describe(permissionChanges.name, () => {
  it('sees nothing where only the order differs', () => {
    const a = { ...none, hosts: ['a.example', 'b.example'] };
    expect(permissionChanges(a, { ...a, hosts: ['b.example', 'a.example'] })).toEqual([]);
    expect(samePermissions(a, { ...a, hosts: ['b.example', 'a.example'] })).toBe(true);
  });

  it('calls more hosts, secrets, data sets, programs, database, memory and processors widened', () => {
    const more = { hosts: ['a.example'], secrets: ['key'], datasets: ['sales'], commands: true, database: true, memoryMb: 1024, cpus: 2 };
    expect(permissionChanges(none, more).map(({ permission, widened }) => [permission, widened])).toEqual(
      ['hosts', 'secrets', 'datasets', 'commands', 'database', 'memoryMb', 'cpus'].map((name) => [name, true]),
    );
  });

  it('does not call less widened, nor a host that * covered', () => {
    const more = { ...none, hosts: ['*'], datasets: ['sales'], commands: true, memoryMb: 2048 };
    const changes = permissionChanges(more, { ...none, hosts: ['a.example'] });
    expect(changes.map(({ permission, widened }) => [permission, widened])).toEqual([
      ['hosts', false],
      ['datasets', false],
      ['commands', false],
      ['memoryMb', false],
    ]);
  });

  it('shows everything that a new plugin asks for', () => {
    expect(permissionChanges(null, { ...none, hosts: ['*'] })).toEqual([
      { permission: 'hosts', added: ['*'], removed: [], widened: true },
      { permission: 'memoryMb', added: ['512'], removed: [], widened: true },
      { permission: 'cpus', added: ['1'], removed: [], widened: true },
    ]);
  });
});
