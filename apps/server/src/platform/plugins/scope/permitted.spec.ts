import { describe, expect, it } from '@jest/globals';
import type { DatasetAccess } from './plugin-datasets.js';
import { permittedDatasets } from './plugin-datasets.js';
import { declaredSecrets } from './plugin-secrets.js';

describe(declaredSecrets.name, () => {
  it('gives declared names only, and nothing for a secret without a value', () => {
    const secrets = declaredSecrets(['key', 'token'], { key: 'hush', token: '', other: 'x' });
    expect([secrets.get('key'), secrets.get('token')]).toEqual(['hush', undefined]);
    expect(() => secrets.get('other')).toThrow('add it to permissions.secrets');
  });
});

describe(permittedDatasets.name, () => {
  const reads: unknown[] = [];
  const access: DatasetAccess = {
    list: async () => ['a', 'b'].map((name) => ({ name, version: 1, rows: 2 })),
    read: async (dataset, options) => {
      reads.push([dataset, options]);
      return { rows: 0, columns: [] };
    },
  };
  const signal = new AbortController().signal;

  it('lists and reads what is declared, with the default limit', async () => {
    const datasets = permittedDatasets(['a'], () => access);
    expect((await datasets.list()).map(({ name }) => name)).toEqual(['a']);
    await datasets.read('a', { columns: ['x'] }, signal);
    expect(reads).toEqual([['a', { columns: ['x'], limit: 5_000_000 }]]);
  });

  it('refuses what is not declared, and a limit that is none', async () => {
    await expect(permittedDatasets(['a'], () => access).read('b', {}, signal)).rejects.toMatchObject({ code: 'rejected' });
    await expect(permittedDatasets(['*'], () => access).read('b', { limit: 0 }, signal)).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await permittedDatasets(['*'], () => access).list()).length).toBe(2);
    expect(await permittedDatasets([], () => access).list()).toEqual([]);
  });
});
