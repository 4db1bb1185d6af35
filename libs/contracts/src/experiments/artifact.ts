import { z } from 'zod';
import { Cell, Timestamp } from '../common.js';

/** A file or a folder below the artifacts of a run or of a logged model. */
export const Artifact = z
  .object({
    path: z.string().meta({ description: 'Relative to the root of the run' }),
    directory: z.boolean(),
    sizeBytes: z.int().nullable().meta({ description: 'Null for a folder' }),
    sha256: z.string().nullable(),
    updatedAt: Timestamp.nullable(),
    viewer: z.enum(['text', 'image', 'table', 'onnx', 'markdown', 'json', 'none']).meta({ description: 'What the console shows it with' }),
  })
  .meta({ id: 'Artifact' });
export type Artifact = z.infer<typeof Artifact>;
export const ArtifactList = z
  .object({ root: z.string(), path: z.string(), data: z.array(Artifact), nextCursor: z.string().nullable() })
  .meta({ id: 'ArtifactList' });
export type ArtifactList = z.infer<typeof ArtifactList>;
export const ArtifactListQuery = z.strictObject({
  path: z.string().max(1000).default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(2000).optional(),
});
export type ArtifactListQuery = z.infer<typeof ArtifactListQuery>;
export const ArtifactPathQuery = z.strictObject({ path: z.string().min(1).max(1000) });
export type ArtifactPathQuery = z.infer<typeof ArtifactPathQuery>;

/** The beginning of a file, ready to be shown; made in a process of its own when the format is not plain text. */
export const ArtifactPreview = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), text: z.string(), truncated: z.boolean() }),
    z.object({
      kind: z.literal('table'),
      columns: z.array(z.object({ name: z.string(), type: z.string() })),
      rows: z.array(z.array(Cell)).meta({ description: 'At most 200' }),
      totalRows: z.int().nullable(),
    }),
    z.object({ kind: z.literal('onnx'), graph: z.lazy(() => ModelGraph) }),
    z.object({ kind: z.literal('none'), reason: z.string() }),
  ])
  .meta({ id: 'ArtifactPreview' });
export type ArtifactPreview = z.infer<typeof ArtifactPreview>;

/** An ONNX graph as a picture needs it. Weights are not here. */
export const ModelGraph = z
  .object({
    producer: z.string(),
    opsets: z.array(z.object({ domain: z.string(), version: z.int() })),
    inputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.union([z.int(), z.string()])) })),
    outputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.union([z.int(), z.string()])) })),
    nodes: z.array(
      z.object({
        id: z.int(),
        name: z.string(),
        operator: z.string(),
        domain: z.string(),
        inputs: z.array(z.string()),
        outputs: z.array(z.string()),
        attributes: z.array(z.object({ name: z.string(), value: z.string() })).meta({ description: 'Long ones cut' }),
      }),
    ),
    weights: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.int()), bytes: z.int() })),
    truncated: z.boolean().meta({ description: 'Only the first 2,000 nodes or weights are here' }),
  })
  .meta({ id: 'ModelGraph' });
export type ModelGraph = z.infer<typeof ModelGraph>;
