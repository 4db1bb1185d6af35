import type { FileFormat } from '@crisol/contracts';
import { isUtf8 } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { JobFailure } from '../../platform/jobs/job-handler.js';

const headBytes = 1_048_576;
const scanBytes = 4_194_304;

export interface FileFacts {
  readonly format: FileFormat;
  readonly sizeBytes: number;
  /** The first bytes as text, cut after the last whole line; empty for Parquet. */
  readonly head: string;
  /** Whether `head` is the whole file. */
  readonly whole: boolean;
}

/** Formats that people try, by their first bytes. None of them is opened: each has a better way. */
const foreign: readonly { readonly magic: readonly number[]; readonly advice: string }[] = [
  { magic: [0x1f, 0x8b], advice: 'It is a gzip archive. Decompress it first (gunzip).' },
  { magic: [0x50, 0x4b, 0x03, 0x04], advice: 'It is a ZIP archive or an Excel workbook. Unpack it, or save the sheet as CSV (UTF-8).' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], advice: 'It is a zstd archive. Decompress it first.' },
  { magic: [0x42, 0x5a, 0x68], advice: 'It is a bzip2 archive. Decompress it first.' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], advice: 'It is an xz archive. Decompress it first.' },
  { magic: [0xd0, 0xcf, 0x11, 0xe0], advice: 'It is an old Excel workbook. Save the sheet as CSV (UTF-8).' },
  { magic: [0x80, 0x02], advice: 'It is a Python pickle, which is never loaded. Write Parquet with DataFrame.to_parquet instead.' },
  { magic: [0x80, 0x03], advice: 'It is a Python pickle, which is never loaded. Write Parquet with DataFrame.to_parquet instead.' },
  { magic: [0x80, 0x04], advice: 'It is a Python pickle, which is never loaded. Write Parquet with DataFrame.to_parquet instead.' },
  { magic: [0x80, 0x05], advice: 'It is a Python pickle, which is never loaded. Write Parquet with DataFrame.to_parquet instead.' },
  { magic: [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31], advice: 'It is an Arrow file. Write Parquet instead (pyarrow.parquet.write_table).' },
  { magic: [0x89, 0x48, 0x44, 0x46], advice: 'It is an HDF5 file. Write Parquet instead.' },
  { magic: [0x25, 0x50, 0x44, 0x46], advice: 'It is a PDF document.' },
  { magic: [0x89, 0x50, 0x4e, 0x47], advice: 'It is a picture.' },
];

/** Decides by its bytes what a file is, and refuses what is not read here with a word of advice. */
export async function inspectFile(path: string, wanted: FileFormat | undefined): Promise<FileFacts> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size === 0) throw new JobFailure('file_empty', 'The file is empty: it has 0 bytes.');
    const bytes = await readAt(file, 0, Math.min(size, headBytes));
    refuseForeign(bytes);
    if (starts(bytes, [0x50, 0x41, 0x52, 0x31])) {
      const tail = await readAt(file, Math.max(0, size - 4), Math.min(4, size));
      if (size < 12 || !starts(tail, [0x50, 0x41, 0x52, 0x31]))
        throw new JobFailure('file_format', 'The Parquet file is cut short: its footer is missing. Upload it again.');
      if (wanted && wanted !== 'parquet')
        throw new JobFailure('file_format', `The file is Parquet, not ${wanted}. Leave the format out, or choose Parquet.`);
      return { format: 'parquet', sizeBytes: size, head: '', whole: false };
    }
    if (wanted === 'parquet') throw new JobFailure('file_format', 'The file is not Parquet: it does not begin with PAR1.');
    await refuseUnreadableText(file, bytes, size);
    const whole = bytes.length === size;
    const head = cutAtLine(bytes, whole);
    if (head.trim() === '') throw new JobFailure('file_empty', 'The file holds only blank lines.');
    return { format: wanted ?? textFormat(head), sizeBytes: size, head, whole };
  } finally {
    await file.close();
  }
}

function textFormat(head: string): FileFormat {
  const first = head.trimStart();
  if (first.startsWith('[') && /^\[\s*(\{|\[|\])/.test(first))
    throw new JobFailure('file_format', 'The file is one JSON array. Write one object a line (NDJSON) instead, such as with jq -c ".[]".');
  if (first.startsWith('{')) return 'ndjson';
  if (/^<(!doctype|html|\?xml)/i.test(first))
    throw new JobFailure('file_format', 'The file is HTML or XML, not a table. Was it saved from a sign-in page?');
  const [line = ''] = first.split('\n', 1);
  return line.includes('\t') && !line.includes(',') && !line.includes(';') ? 'tsv' : 'csv';
}

function refuseForeign(bytes: Buffer): void {
  const match = foreign.find(({ magic }) => starts(bytes, magic));
  if (match) throw new JobFailure('file_format', `${match.advice} CSV, TSV, NDJSON and Parquet are read.`);
  if ((starts(bytes, [0xff, 0xfe]) || starts(bytes, [0xfe, 0xff])) && bytes.length >= 2)
    throw new JobFailure('file_encoding', 'The file is UTF-16. Save it as UTF-8 (in Excel: "CSV UTF-8"), or run iconv -f UTF-16 -t UTF-8.');
}

/** One pass over the bytes in native code: UTF-16 without a mark, NUL bytes and other encodings are found before parsing. */
async function refuseUnreadableText(file: FileHandle, head: Buffer, size: number): Promise<void> {
  let line = 1;
  let carry = Buffer.alloc(0);
  for (let offset = 0; offset < size; offset += scanBytes) {
    const read = offset === 0 && head.length === size ? head : await readAt(file, offset, Math.min(scanBytes, size - offset));
    const nul = read.indexOf(0);
    if (nul >= 0) {
      const sample = head.subarray(0, 4096);
      if (sample.filter((byte) => byte === 0).length > sample.length / 4)
        throw new JobFailure('file_encoding', 'The file looks like UTF-16 without a byte-order mark. Save it as UTF-8.');
      throw new JobFailure(
        'file_encoding',
        `Byte ${offset + nul + 1} (line ${line + countLines(read.subarray(0, nul))}) is NUL. Text has none: is it a binary file?`,
      );
    }
    const block = carry.length > 0 ? Buffer.concat([carry, read]) : read;
    const end = offset + read.length >= size ? block.length : wholeCharacters(block);
    if (!isUtf8(block.subarray(0, end))) throw new JobFailure('file_encoding', badByte(block.subarray(0, end), line));
    line += countLines(block.subarray(0, end));
    carry = Buffer.from(block.subarray(end));
  }
}

/** Length up to the last character that is complete. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function badByte(block: Buffer, firstLine: number): string {
  let line = firstLine;
  for (let start = 0; start < block.length;) {
    const newline = block.indexOf(10, start);
    const end = newline < 0 ? block.length : newline;
    const text = block.subarray(start, end);
    if (!isUtf8(text)) {
      const bad = [...text].findIndex(
        (byte, index) => byte >= 0x80 && !isUtf8(text.subarray(index, index + 4)) && !startsCharacter(text, index),
      );
      const hex = bad < 0 ? '' : ` (byte 0x${(text[bad] ?? 0).toString(16).toUpperCase()})`;
      return `Line ${line} is not UTF-8${hex}; its text may be Windows-1252 or Latin-1. Save the file as UTF-8, or run iconv -f WINDOWS-1252 -t UTF-8.`;
    }
    start = end + 1;
    line += 1;
  }
  return 'The file is not UTF-8. Save it as UTF-8.';
}

function startsCharacter(text: Buffer, index: number): boolean {
  return [1, 2, 3, 4].some((length) => index + length <= text.length && isUtf8(text.subarray(index, index + length)));
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function starts(bytes: Buffer, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte);
}

function cutAtLine(bytes: Buffer, whole: boolean): string {
  const text = (starts(bytes, [0xef, 0xbb, 0xbf]) ? bytes.subarray(3) : bytes).toString('utf8');
  if (whole) return text;
  const end = text.lastIndexOf('\n');
  return end < 0 ? text : text.slice(0, end + 1);
}
