import { problem } from '../platform/http/problem.js';
import type { DownloadFormat } from './rows.service.js';

/** The number of a version in a path; undefined for "latest". */
export function versionNumber(text: string): number | undefined {
  if (text === 'latest' || text === '@latest') return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw problem('not_found', { detail: `"${text}" is no version: use a number from 1, or latest.` });
  return Number(text);
}

/** The asked-for format, or the first that `Accept` names; CSV when it takes anything. */
export function downloadFormat(asked: DownloadFormat | undefined, accept: string | undefined): DownloadFormat {
  if (asked) return asked;
  for (const range of (accept ?? '*/*').split(',')) {
    const type = range.split(';')[0]?.trim().toLowerCase();
    if (type === 'text/csv' || type === '*/*' || type === 'text/*') return 'csv';
    if (type === 'application/x-ndjson') return 'ndjson';
    if (type === 'application/vnd.apache.parquet' || type === 'application/octet-stream') return 'parquet';
  }
  throw problem('not_acceptable', { detail: 'The table comes as text/csv, application/x-ndjson or application/vnd.apache.parquet.' });
}
