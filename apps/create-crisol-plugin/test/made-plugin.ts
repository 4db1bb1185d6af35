import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const main = resolve(import.meta.dirname, '..', 'dist', 'main.js');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program in a folder; its two streams in one text. */
export async function run(command: string, args: readonly string[], folder: string, input = ''): Promise<Ended> {
  const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, output };
}

/** The built scaffolder, run in a folder. */
export const create = (folder: string, ...args: string[]): Promise<Ended> => run(process.execPath, [main, ...args], folder);
/** The same, with somebody who answers its questions. */
export const createAsked = (folder: string, answers: string): Promise<Ended> => run(process.execPath, [main], folder, answers);

/** Fails with the output when npm does. */
export async function npm(folder: string, ...args: string[]): Promise<string> {
  const { code, output } = await run('npm', args, folder);
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

/** A folder outside of the monorepo; removed by `remove`. */
export async function outsideFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'crisol-outside-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
