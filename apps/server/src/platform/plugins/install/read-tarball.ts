import { createGunzip } from 'node:zlib';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export const largestTarballBytes = 64 * 1024 * 1024;
const mostEntries = 5_000;
const largestUnpackedBytes = 256 * 1024 * 1024;
/** Files that are read while the listing passes by; anything larger is only listed. */
const largestReadBytes = 1024 * 1024;
const BLOCK = 512;

/** Why a tarball is not taken. */
export class TarballRefused extends Error {
  override readonly name = 'TarballRefused';
  constructor(
    readonly code: 'not_a_tarball' | 'unsafe_path' | 'link' | 'special_file' | 'too_large' | 'too_many_files',
    message: string,
  ) {
    super(message);
  }
}

export interface TarballListing {
  /** Paths below the tarball's one folder, with their sizes. */
  readonly files: ReadonlyMap<string, number>;
  /** Text of the files that were asked for and exist. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Lists an npm tarball and reads a few small files of it, in memory: nothing is written anywhere. Refuses whatever could
 * reach outside of its folder once it is unpacked.
 * @param wanted - whether the text of a path is of interest
 * @throws TarballRefused
 */
export async function readTarball(path: string, wanted: (path: string) => boolean): Promise<TarballListing> {
  const reader = new TarReader(wanted);
  try {
    await pipeline(createReadStream(path), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) reader.take(chunk);
    });
  } catch (error) {
    if (error instanceof TarballRefused) throw error;
    throw new TarballRefused(
      'not_a_tarball',
      `It is no gzip-compressed tar file: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  return reader.end();
}

interface Entry {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  /** Bytes of the body, padding included, still to come. */
  left: number;
  kept: Buffer[] | undefined;
}

/**
 * A reader of ustar headers with the extensions that real archives have: pax records and GNU long names. What npm's own
 * reader would take for something else is refused: what is shown must be what is laid out.
 */
class TarReader {
  private readonly files = new Map<string, number>();
  private readonly folded = new Set<string>();
  private readonly texts = new Map<string, string>();
  private pending: Buffer = Buffer.alloc(0);
  private entry: Entry | undefined;
  private entries = 0;
  private unpackedBytes = 0;
  private ended = false;
  /** What a pax record or a GNU long name said of the next entry. */
  private next: { path?: string; link?: string; size?: number } = {};

  constructor(private readonly wanted: (path: string) => boolean) {}

  take(chunk: Buffer): void {
    this.unpackedBytes += chunk.length;
    if (this.unpackedBytes > largestUnpackedBytes)
      throw new TarballRefused('too_large', `It unpacks to more than ${largestUnpackedBytes / 1024 / 1024} MiB.`);
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    let at = 0;
    for (;;) {
      if (this.entry) {
        const part = this.pending.subarray(at, at + this.entry.left);
        if (part.length === 0 && this.entry.left > 0) break;
        this.entry.kept?.push(Buffer.from(part));
        this.entry.left -= part.length;
        at += part.length;
        if (this.entry.left > 0) break;
        this.finish(this.entry);
        this.entry = undefined;
      } else {
        if (this.pending.length - at < BLOCK) break;
        this.entry = this.header(this.pending.subarray(at, at + BLOCK));
        at += BLOCK;
      }
    }
    this.pending = this.pending.subarray(at);
  }

  end(): TarballListing {
    if (this.entry || this.pending.some((byte) => byte !== 0)) throw new TarballRefused('not_a_tarball', 'The tar file is cut short.');
    if (this.files.size === 0) throw new TarballRefused('not_a_tarball', 'The tar file holds no files.');
    return { files: this.files, texts: this.texts };
  }

  private header(block: Buffer): Entry | undefined {
    if (block.every((byte) => byte === 0)) {
      this.ended = true;
      return undefined;
    }
    if (this.ended) throw new TarballRefused('not_a_tarball', 'There is something behind the end of the tar file.');
    if (!checksumFits(block)) throw new TarballRefused('not_a_tarball', 'A header of the tar file is damaged.');
    const type = String.fromCharCode(block[156] ?? 0).replace('\0', '0');
    const prefix = block.subarray(257, 265).toString('latin1') === 'ustar\x0000' ? text(block, 345, 155) : '';
    const name = text(block, 0, 100);
    const isExtension = type === 'x' || type === 'g' || type === 'L' || type === 'K';
    const size = (isExtension ? undefined : this.next.size) ?? number(block, 124, 12);
    const path = (isExtension ? undefined : this.next.path) ?? (prefix === '' ? name : `${prefix}/${name}`);
    if (isExtension) {
      if (size > largestReadBytes) throw new TarballRefused('not_a_tarball', 'A header of the tar file is too long.');
      return { path, type, size, left: padded(size), kept: [] };
    }
    if (++this.entries > mostEntries) throw new TarballRefused('too_many_files', `It holds more than ${mostEntries} entries.`);
    if (this.next.path !== undefined && prefix !== '') throw new TarballRefused('not_a_tarball', 'An entry of the tar file has two names.');
    this.next = {};
    const inside = innerPath(path);
    if (type === '1' || type === '2') throw new TarballRefused('link', `${shown(path)} is a link; a package holds plain files only.`);
    if (type !== '0' && type !== '5' && type !== '7')
      throw new TarballRefused('special_file', `${shown(path)} is no plain file (type ${shown(type)}).`);
    // npm takes it for a folder and its bytes for further entries.
    if (type !== '5' && path.endsWith('/')) throw new TarballRefused('special_file', `${shown(path)} is a file with the name of a folder.`);
    if (type !== '5') this.checkTwice(inside);
    const keeps = type !== '5' && size <= largestReadBytes && this.wanted(inside);
    return { path: inside, type, size, left: padded(type === '5' ? 0 : size), kept: keeps ? [] : undefined };
  }

  /** The second of two files would be laid out; and some systems know no difference between large and small letters. */
  private checkTwice(path: string): void {
    const folded = path.normalize('NFKC').toLowerCase();
    if (this.folded.has(folded)) throw new TarballRefused('unsafe_path', `${shown(path)} is in it twice.`);
    this.folded.add(folded);
  }

  private finish(entry: Entry): void {
    const body = entry.kept ? Buffer.concat(entry.kept).subarray(0, entry.size) : undefined;
    switch (entry.type) {
      case 'x':
        this.next = { ...this.next, ...paxRecords(body ?? Buffer.alloc(0)) };
        return;
      case 'g':
        if (Object.keys(paxRecords(body ?? Buffer.alloc(0))).length > 0)
          throw new TarballRefused('not_a_tarball', 'A global header of the tar file renames what follows.');
        return;
      case 'L':
        this.next.path = (body ?? Buffer.alloc(0)).toString('utf8').replace(/\0.*$/s, '');
        return;
      case 'K':
      case '5':
        return;
      default:
        if (entry.path === '') return;
        this.files.set(entry.path, entry.size);
        if (body) this.texts.set(entry.path, body.toString('utf8'));
    }
  }
}

/** The path below the archive's own folder, which npm strips. */
function innerPath(path: string): string {
  const steps = path.replace(/\/$/, '').split('/');
  if (path.includes('\0') || path.includes('\\') || path.startsWith('/') || /^[a-z]:/i.test(path) || steps.includes('..'))
    throw new TarballRefused('unsafe_path', `${shown(path)} would be written outside of the package's folder.`);
  if (steps.includes('') || steps.includes('.') || /[\u0000-\u001f\u007f]/.test(path))
    throw new TarballRefused('unsafe_path', `${shown(path)} is no plain path.`);
  return steps.slice(1).join('/');
}

function paxRecords(body: Buffer): { path?: string; link?: string; size?: number } {
  const found: { path?: string; link?: string; size?: number } = {};
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(32, at);
    const digits = body.subarray(at, Math.max(at, space)).toString('latin1');
    const length = Number(digits);
    // A value of several lines is one record by the standard, and several to npm.
    if (!/^[1-9]\d{0,8}$/.test(digits) || length <= space - at || body.indexOf(10, at) !== at + length - 1)
      throw new TarballRefused('not_a_tarball', 'A pax record of the tar file is damaged.');
    const [key = '', ...rest] = body
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split('=');
    const value = rest.join('=');
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.link = value;
    if (key === 'size') found.size = sane(/^\d+$/.test(value) ? Number(value) : NaN);
    at += length;
  }
  return found;
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

function number(block: Buffer, start: number, length: number): number {
  // Base 256, for sizes beyond eight GiB: nothing that is taken here.
  if (((block[start] ?? 0) & 0x80) !== 0) throw new TarballRefused('too_large', 'It holds a file of more than eight GiB.');
  return sane(parseInt(text(block, start, length).trim() || '0', 8));
}

function sane(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new TarballRefused('not_a_tarball', 'A size in the tar file is no number.');
  if (size > largestUnpackedBytes)
    throw new TarballRefused('too_large', `It unpacks to more than ${largestUnpackedBytes / 1024 / 1024} MiB.`);
  return size;
}

function checksumFits(block: Buffer): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum === parseInt(text(block, 148, 8).trim(), 8);
}

/** A name from a stranger's file, fit for a message. */
function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
