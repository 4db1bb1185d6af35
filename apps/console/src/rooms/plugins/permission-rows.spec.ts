import type { PluginPermissions } from '@crisol/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { permissionRows } from './permission-rows';

beforeAll(() => loadMessages('en', ['plugins']));
const asked: PluginPermissions = {
  hosts: ['a.example', '*'],
  secrets: [],
  datasets: ['penguins'],
  commands: true,
  database: false,
  memoryMb: 1_024,
  cpus: 1,
};
const change = (permission: string, added: string[], removed: string[], widened = true) => ({ permission, added, removed, widened });
const row = (name: string, changes: Parameters<typeof permissionRows>[1] = []) =>
  permissionRows(asked, changes).find((one) => one.name === name);

describe(permissionRows, () => {
  it('names each permission, also those that are not asked for', () => {
    expect(permissionRows(asked).map(({ name, value, granted }) => [name, value, granted])).toEqual([
      ['hosts', 'a.example, any public host', true],
      ['secrets', 'None', false],
      ['datasets', 'penguins', true],
      ['commands', 'Runs programs of the machine inside jobs', true],
      ['database', 'None', false],
      ['memoryMb', '1,024 MiB', true],
      ['cpus', '1', true],
    ]);
  });
  it('says in words what an update adds and takes away', () => {
    expect(row('hosts', [change('hosts', ['*'], ['b.example'])])).toMatchObject({ added: ['any public host'], removed: ['b.example'] });
    expect(row('commands', [change('commands', ['yes'], [])])).toMatchObject({ added: ['new'], removed: [] });
    expect(row('database', [change('database', [], ['yes'], false)])).toMatchObject({ added: [], removed: ['no longer'] });
  });
  it('shows an amount beside the former one', () => {
    expect(row('memoryMb', [change('memoryMb', ['1024'], ['512'])])).toMatchObject({
      value: '1,024 MiB',
      before: '512 MiB',
      widened: true,
    });
    expect(row('cpus', [change('cpus', ['1'], ['4'], false)])).toMatchObject({ before: '4', widened: false });
    expect(row('cpus')).toMatchObject({ before: null });
  });
});
