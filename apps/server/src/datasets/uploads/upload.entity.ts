import type { ReadOptions } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** Bytes on their way in, and the finished file until it has been imported and a day has passed. */
export const UploadEntity = defineEntity({
  name: 'Upload',
  tableName: 'upload',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    fileName: p.text().name('file_name'),
    sizeBytes: p.bigint('number').name('size_bytes'),
    partSizeBytes: p.bigint('number').name('part_size_bytes'),
    sha256: p.text().nullable(),
    read: p.json<ReadOptions>().name('read_options'),
    state: p.text().$type<'open' | 'complete' | 'expired'>(),
    objectKey: p.text().name('object_key').nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    expiresAt: p.datetime().name('expires_at'),
  },
});
export type UploadRow = InferEntity<typeof UploadEntity>;

export const UploadPartEntity = defineEntity({
  name: 'UploadPart',
  tableName: 'upload_part',
  properties: {
    uploadId: p.text().name('upload_id').primary(),
    number: p.integer().primary(),
    objectKey: p.text().name('object_key'),
    sizeBytes: p.bigint('number').name('size_bytes'),
  },
});
