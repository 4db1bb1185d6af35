import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { World } from '../command.js';
import { ExitError, exitCodes } from '../exit-codes.js';

/** The server's package, beside this one. */
export const serverFolder = resolve(import.meta.dirname, '..', '..', '..', 'server');

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of this machine to its end; 127 when it cannot be started. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: { environment?: World['environment']; folder?: string } = {},
): Promise<Finished> {
  return new Promise((done) => {
    const child = spawn(file, args, { env: options.environment, cwd: options.folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', (error) => done({ code: 127, stdout, stderr: error.message }));
    child.once('close', (code) => done({ code: code ?? 1, stdout: stdout.trim(), stderr: stderr.trim() }));
  });
}

/** Acts on this machine without a key: whoever can read the data folder may. Gives what it prints. */
export async function localAdmin(world: World, args: readonly string[]): Promise<string> {
  const program = join(serverFolder, 'dist', 'local-admin.js');
  if (!existsSync(program))
    throw new ExitError(exitCodes.error, 'The server is not built here. Run "npm run build", or do this on the machine that runs it.');
  const { code, stdout, stderr } = await runProgram(process.execPath, [program, ...args], { environment: world.environment });
  if (code !== 0) throw new ExitError(code, stderr || `The server's own tool ended with ${code}.`);
  return stdout;
}
