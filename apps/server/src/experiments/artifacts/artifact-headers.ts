import { extname } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.gz': 'application/gzip',
  '.parquet': 'application/vnd.apache.parquet',
};
/** Files that people read. */
const texts = new Set(
  '.txt .log .json .jsonl .ndjson .yaml .yml .md .markdown .csv .tsv .py .r .sql .cfg .conf .ini .toml .xml .properties'.split(' '),
);
const named = new Set(['MLmodel', 'MLproject', 'requirements.txt', 'Dockerfile']);

/** The media type of a file, by its name alone: nobody looks into what a user stored. */
export function artifactType(path: string): string {
  const extension = extname(path).toLowerCase();
  const name = path.slice(path.lastIndexOf('/') + 1);
  return types[extension] ?? (texts.has(extension) || named.has(name) ? 'text/plain' : 'application/octet-stream');
}

/** Headers of a stored file: always an attachment in a sandbox, so that no page of a user runs under our name. */
export function artifactHeaders(path: string): Record<string, string> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const plain = name.replaceAll(/[^\w. -]/g, '_');
  return {
    'content-type': artifactType(path),
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': `sandbox; default-src 'none'`,
    'cache-control': 'no-cache',
  };
}
