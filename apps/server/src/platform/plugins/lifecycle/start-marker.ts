import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../has-code.js';

const PREFIX = 'starting-';
/** No plugin takes as long to come up: a marker of another machine that is older speaks of a process that died. */
const LONGEST_MS = 120_000;

/**
 * A file that names the plugin being brought up in this process. It is written before any of the plugin's code runs and
 * removed after; one that outlives its process says inside which plugin that process died.
 */
export class StartMarker {
  private readonly folder: string;
  private readonly file: string;

  /** @param host - process numbers mean nothing on another machine, or in another container on the same data folder */
  constructor(
    dataFolder: string,
    private readonly host = hostname(),
  ) {
    this.folder = join(dataFolder, 'plugins');
    this.file = join(this.folder, `${PREFIX}${host}-${process.pid}`);
  }

  /** The plugins inside which an earlier process died; forgets them. */
  takeCrashed(): Set<string> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const left = readdirSync(this.folder).filter((name) => name.startsWith(PREFIX) && this.isLeftBehind(name));
    const crashed = left.map((name) => readFileSync(join(this.folder, name), 'utf8').trim());
    for (const name of left) rmSync(join(this.folder, name), { force: true });
    return new Set(crashed.filter((id) => id !== ''));
  }

  set(pluginId: string): void {
    writeFileSync(this.file, pluginId, { mode: 0o600, flush: true });
  }

  clear(): void {
    rmSync(this.file, { force: true });
  }

  private isLeftBehind(name: string): boolean {
    const at = name.lastIndexOf('-');
    if (name.slice(PREFIX.length, at) === this.host) return !this.isAlive(Number(name.slice(at + 1)));
    const since = statSync(join(this.folder, name), { throwIfNoEntry: false })?.mtimeMs;
    return since !== undefined && Date.now() - since > LONGEST_MS;
  }

  /** In a container every start has the same number, so a marker of our own number is an earlier process too. */
  private isAlive(pid: number): boolean {
    if (pid === process.pid) return false;
    try {
      return process.kill(pid, 0);
    } catch (error) {
      return hasCode(error, 'EPERM');
    }
  }
}
