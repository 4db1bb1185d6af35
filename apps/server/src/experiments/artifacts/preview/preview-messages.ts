import type { ArtifactPreview } from '@crisol/contracts';

/** What the server asks a preview process for. */
export interface PreviewTask {
  readonly kind: 'csv' | 'parquet' | 'onnx';
  /** A local file. */
  readonly path: string;
}
export type PreviewAnswer = { readonly preview: ArtifactPreview } | { readonly refusal: string };
