import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../has-code.js';
import { aligned } from './codec.js';

const prefix = 'crisol-plugin-';
/** The folder is memory: more than this is not put there before some of it has been read. One table may be larger. */
const mostUnreadBytes = 256 * 1_048_576;
let swept = false;

/** Memory where the system has a folder for it; a table on its way to a plugin should not touch a disk. */
export function fastFolder(): string {
  return statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() ? '/dev/shm' : tmpdir();
}

/** A private folder that goes with this process; what a killed one left behind is removed first. */
export function ownFolder(parent: string): string {
  if (!swept) {
    swept = true;
    for (const folder of new Set([fastFolder(), tmpdir()])) sweep(folder);
  }
  return mkdtempSync(join(parent, `${prefix}${process.pid}-`));
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Files through which large tables reach a plugin's process: it reads them once and tells that they can go. */
export class HandedFiles {
  readonly folder = ownFolder(fastFolder());
  private readonly sizes = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];
  private unread = 0;
  private next = 1;

  constructor(private readonly mostUnread = mostUnreadBytes) {}

  /** Waits until little enough lies there unread, or until this is closed. A process that never reads waits for ever. */
  async room(): Promise<void> {
    while (this.unread > this.mostUnread) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async write(sections: readonly Uint8Array[]): Promise<string> {
    const path = join(this.folder, String(this.next++));
    const parts = sections.flatMap((section) => {
      const rest = aligned(section.byteLength) - section.byteLength;
      return rest > 0 ? [section, new Uint8Array(rest)] : [section];
    });
    const wanted = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.sizes.set(path, wanted);
    this.unread += wanted;
    const file = await open(path, 'wx', 0o400);
    try {
      // One call for all of it; the system takes at most 2 GiB in one.
      const { bytesWritten } = await file.writev(parts);
      if (bytesWritten < wanted) await writeRest(file, parts, bytesWritten);
    } finally {
      await file.close();
    }
    return path;
  }

  async free(path: string): Promise<void> {
    const size = this.sizes.get(path);
    if (size === undefined) return;
    this.sizes.delete(path);
    await rm(path, { force: true });
    this.unread -= size;
    this.wake();
  }

  close(): void {
    this.unread = 0;
    this.wake();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

async function writeRest(file: FileHandle, parts: readonly Uint8Array[], written: number): Promise<void> {
  let at = 0;
  for (const part of parts) {
    for (let done = Math.max(0, written - at); done < part.byteLength;) {
      const { bytesWritten } = await file.write(part, done, part.byteLength - done, at + done);
      done += bytesWritten;
    }
    at += part.byteLength;
  }
}
