import { z } from 'zod';
import { Cell, JsonObject, listQuery, LooseNumber, objectFields, pageOf, Timestamp } from '../common.js';
import { id, Name } from '../ids.js';

/** Column types that Crisol works with; `text` is any string. */
export const ColumnType = z.enum(['integer', 'number', 'boolean', 'text', 'date', 'timestamp', 'time', 'other']).meta({ id: 'ColumnType' });
export type ColumnType = z.infer<typeof ColumnType>;
export const Column = z
  .object({ name: z.string(), type: ColumnType, databaseType: z.string().meta({ description: "DuckDB's type" }), nullable: z.boolean() })
  .meta({ id: 'Column' });
export type Column = z.infer<typeof Column>;

export const HistogramBin = z.object({ from: LooseNumber, to: LooseNumber, count: z.int() }).meta({ id: 'HistogramBin' });
export const ColumnProfile = z
  .object({
    name: z.string(),
    type: ColumnType,
    count: z.int(),
    nulls: z.int(),
    nans: z.int(),
    distinct: z.int(),
    distinctExact: z.boolean(),
    min: Cell,
    max: Cell,
    mean: LooseNumber.nullable(),
    std: LooseNumber.nullable(),
    quantiles: z.object({ p05: LooseNumber, p25: LooseNumber, p50: LooseNumber, p75: LooseNumber, p95: LooseNumber }).nullable(),
    histogram: z.array(HistogramBin).meta({ description: 'Numbers only; for dates the edges are milliseconds since 1970' }),
    topValues: z.array(z.object({ value: Cell, count: z.int() })),
    meanLength: z.number().nullable().meta({ description: 'Of texts, in characters' }),
  })
  .meta({ id: 'ColumnProfile' });
export type ColumnProfile = z.infer<typeof ColumnProfile>;
export const DatasetProfile = z
  .object({
    rows: z.int(),
    columns: z.array(ColumnProfile),
    duplicateRows: z.int().nullable(),
    exact: z.boolean(),
    sampledRows: z.int().nullable(),
  })
  .meta({ id: 'DatasetProfile' });
export type DatasetProfile = z.infer<typeof DatasetProfile>;

export const FileFormat = z.enum(['csv', 'tsv', 'ndjson', 'parquet']).meta({ id: 'FileFormat' });
export type FileFormat = z.infer<typeof FileFormat>;
/** How to read a file; what is left out is detected. */
export const ReadOptions = z
  .strictObject({
    format: FileFormat.optional(),
    delimiter: z.string().length(1).optional(),
    header: z.boolean().optional(),
    decimalSeparator: z.enum(['.', ',']).optional(),
    nullText: z.array(z.string().max(20)).max(10).optional(),
    dateFormat: z.string().max(40).optional(),
    types: z.record(z.string(), ColumnType).optional(),
  })
  .meta({ id: 'ReadOptions' });
export type ReadOptions = z.infer<typeof ReadOptions>;

export const DatasetVersion = z
  .object({
    id: id('dsv'),
    dataset: z.object({ id: id('ds'), name: z.string() }),
    version: z.int(),
    rows: z.int(),
    columns: z.array(Column),
    sizeBytes: z.int().meta({ description: 'Of the Parquet file' }),
    sha256: z.string().meta({ description: 'Of the Parquet file' }),
    source: z.object({ fileName: z.string(), format: FileFormat, sizeBytes: z.int(), sha256: z.string(), read: JsonObject }),
    profiled: z.boolean(),
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
    job: z.string().nullable(),
  })
  .meta({ id: 'DatasetVersion' });
export type DatasetVersion = z.infer<typeof DatasetVersion>;
export const DatasetVersionPage = pageOf(DatasetVersion, 'DatasetVersionPage');
export type DatasetVersionPage = z.infer<typeof DatasetVersionPage>;

export const Dataset = z
  .object({
    id: id('ds'),
    name: z.string(),
    description: z.string(),
    ...objectFields,
    latestVersion: z
      .object({ version: z.int(), id: id('dsv'), rows: z.int(), columns: z.int(), sizeBytes: z.int(), createdAt: Timestamp })
      .nullable(),
    lastValidation: z.object({ id: id('val'), outcome: z.enum(['passed', 'warned', 'failed', 'errored']), version: z.int() }).nullable(),
  })
  .meta({ id: 'Dataset' });
export type Dataset = z.infer<typeof Dataset>;
export const DatasetPage = pageOf(Dataset, 'DatasetPage');
export type DatasetPage = z.infer<typeof DatasetPage>;
export const UpdateDataset = z
  .strictObject({ description: z.string().max(5000).optional(), tags: z.record(z.string(), z.string()).optional() })
  .meta({ id: 'UpdateDataset' });
export type UpdateDataset = z.infer<typeof UpdateDataset>;

/** Rows of a version: columnar, in the order of `columns`. */
export const RowPage = z
  .object({
    columns: z.array(Column),
    rows: z.array(z.array(Cell)),
    rowNumbers: z.array(z.int()).optional().meta({ description: 'From 0, in the version; only where rows were picked' }),
    offset: z.int(),
    total: z.int(),
  })
  .meta({ id: 'RowPage' });
export type RowPage = z.infer<typeof RowPage>;
export const RowQuery = z.strictObject({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type RowQuery = z.infer<typeof RowQuery>;
export const DownloadQuery = z.strictObject({ format: z.enum(['csv', 'ndjson', 'parquet']).optional() });
export type DownloadQuery = z.infer<typeof DownloadQuery>;
export const VersionListQuery = z.strictObject({ limit: listQuery.limit, cursor: listQuery.cursor });

/** Input of the job `dataset.import`: what the multipart route and the upload make. */
export const DatasetImportInput = z
  .strictObject({ name: Name, upload: z.string().min(1), fileName: z.string().max(255), read: ReadOptions.default({}) })
  .meta({ id: 'DatasetImportInput' });
export type DatasetImportInput = z.infer<typeof DatasetImportInput>;

export const CreateUpload = z
  .strictObject({
    name: Name,
    fileName: z.string().min(1).max(255),
    sizeBytes: z.int().min(1),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    read: ReadOptions.default({}),
  })
  .meta({ id: 'CreateUpload', example: { name: 'orders', fileName: 'orders.csv', sizeBytes: 1048576 } });
export type CreateUpload = z.infer<typeof CreateUpload>;
export const Upload = z
  .object({
    id: id('upl'),
    name: z.string(),
    fileName: z.string(),
    sizeBytes: z.int(),
    partSizeBytes: z.int(),
    parts: z.array(z.int()).meta({ description: 'Numbers of the parts held, from 1' }),
    state: z.enum(['open', 'complete', 'expired']),
    expiresAt: Timestamp,
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof Upload>;

export const Sample = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    rows: z.int(),
    columns: z.int(),
    sizeBytes: z.int(),
    license: z.string(),
    target: z.string(),
  })
  .meta({ id: 'Sample' });
export type Sample = z.infer<typeof Sample>;
export const SampleList = z.object({ data: z.array(Sample) }).meta({ id: 'SampleList' });
export type SampleList = z.infer<typeof SampleList>;
