import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { StoredObject } from '../../platform/storage/object-storage.port.js';
import { readBringForm } from './read-bring-form.js';

interface Part {
  readonly fieldname: string;
  readonly filename?: string;
  readonly value?: string;
}

/** Reads a form of these parts; tells what is stored in the end. */
async function reading(parts: readonly Part[]) {
  const stored = new Set<string>();
  let last = 0;
  const request = {
    parts: () =>
      Readable.from(parts.map((part) => ({ type: part.filename === undefined ? 'field' : 'file', file: Readable.from([]), ...part }))),
  };
  // Only the parts of the request are read.
  const form = await readBringForm(
    request as unknown as FastifyRequest,
    () => {
      const key = `uploads/${++last}`;
      stored.add(key);
      return Promise.resolve<StoredObject>({ key, sizeBytes: 0, sha256: '' });
    },
    ({ key }) => Promise.resolve(void stored.delete(key)),
  ).catch((error: unknown) => error);
  return { form, stored: [...stored] };
}
const model: Part = { fieldname: 'file', filename: '/home/me\\model.onnx' };
const kind: Part = { fieldname: 'modelType', value: 'onnx' };

describe(readBringForm, () => {
  it('takes files by the last step of their names', async () => {
    const { form, stored } = await reading([model, { fieldname: 'samples', filename: '../samples.csv' }, kind]);
    expect(form).toMatchObject({ files: [{ name: 'model.onnx' }], samples: { name: 'samples.csv' }, rest: { modelType: 'onnx' } });
    expect(stored).toHaveLength(2);
  });

  it.each<[string, Part[]]>([
    ['samples twice', [model, { fieldname: 'samples', filename: 'a.csv' }, { fieldname: 'samples', filename: 'b.csv' }, kind]],
    ['two files of one name', [model, { ...model, filename: 'other/model.onnx' }, kind]],
    ['a file under another name', [model, { fieldname: 'weights', filename: 'w' }, kind]],
    ['an unknown field', [model, kind, { fieldname: 'path', value: '/etc' }]],
    ['no model', [{ fieldname: 'samples', filename: 'a.csv' }, kind]],
  ])('keeps nothing of a form with %s', async (_what, parts) => {
    const { form, stored } = await reading(parts);
    expect(form).toMatchObject({ code: 'validation_failed' });
    expect(stored).toEqual([]);
  });
});
