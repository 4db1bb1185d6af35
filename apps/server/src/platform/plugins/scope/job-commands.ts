import { PluginError, type CommandRequest, type CommandResult, type PluginCommands } from '@crisol/plugin-api';
import { lstat, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NoSuchCommand, runCommand } from '../../jobs/child/run-command.js';
import type { JobContext } from '../../jobs/job-handler.js';
import { checkArtifactName } from './stored-artifacts.js';
import type { TableFiles } from './table-files.js';

const mostCollectedBytes = 256 * 1024 ** 2;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** These say where a command lives; the host sets them. */
const ownVariables: ReadonlySet<string> = new Set(['PATH', 'HOME', 'TMPDIR', 'LANG']);

/** Runs commands inside a job's child, each in a scratch folder below the work folder. */
export class JobCommands implements PluginCommands {
  private last = 0;

  /** @param path - where commands that are plain names are looked up */
  constructor(
    private readonly context: JobContext,
    private readonly tables: TableFiles,
    private readonly path: string,
  ) {}

  async run(request: CommandRequest): Promise<CommandResult> {
    request.signal.throwIfAborted();
    this.check(request);
    const folder = join(await realpath(this.context.workFolder), `command-${++this.last}`);
    await mkdir(folder, { mode: 0o700 });
    try {
      for (const [name, content] of Object.entries(request.files ?? {})) await writeFile(await this.place(folder, name), content);
      for (const [name, table] of Object.entries(request.tables ?? {})) await this.tables.write(await this.place(folder, name), table);
      const { limits, signal } = this.context;
      const end = await runCommand({
        command: request.command,
        args: request.args,
        folder,
        path: this.path,
        environment: request.environment ?? {},
        memoryMb: Math.min(request.memoryMb ?? limits.memoryMb, limits.memoryMb),
        timeoutMs: Math.min(request.timeoutMs ?? limits.deadlineMs, limits.deadlineMs),
        onLine: request.onLine ?? (() => undefined),
        signal: AbortSignal.any([request.signal, signal]),
      });
      return { ...end, files: await this.collect(folder, request.collect ?? []) };
    } catch (error) {
      if (error instanceof NoSuchCommand) throw new PluginError('invalid_input', error.message, { cause: error });
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private check({ environment = {}, files = {}, tables = {}, collect = [] }: CommandRequest): void {
    for (const name of [...Object.keys(files), ...Object.keys(tables), ...collect]) checkArtifactName(name);
    for (const name of Object.keys(environment))
      if (!variableName.test(name) || ownVariables.has(name))
        throw new PluginError('invalid_input', `"${name.slice(0, 80)}" cannot be set as a variable of a command.`);
  }

  private async place(folder: string, name: string): Promise<string> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  }

  /** Plain files only: a link could lead out of the folder. */
  private async collect(folder: string, names: readonly string[]): Promise<Record<string, Uint8Array>> {
    const files: Record<string, Uint8Array> = {};
    let sum = 0;
    for (const name of names) {
      const path = join(folder, name);
      const found = await lstat(path).catch(() => undefined);
      if (!found) continue;
      if (!found.isFile() || (await realpath(path)) !== path) throw new PluginError('invalid_input', `${name} is not a plain file.`);
      sum += found.size;
      if (sum > mostCollectedBytes)
        throw new PluginError('invalid_input', `The files to bring back have more than ${mostCollectedBytes} bytes together.`);
      files[name] = new Uint8Array(await readFile(path));
    }
    return files;
  }
}
